/* Suggestions under the box. Enter alone still searches: a scanner and a quick hand notice nothing. */
'use strict';
(function () {
  const box = document.getElementById('find-q');
  if (!box || !box.dataset.suggestions) return;
  const net = navigator.connection || {};
  if (net.saveData || /2g$/.test(net.effectiveType || '')) return;

  const WAIT = 250; // ms of rest: a scanner and a typist at full speed ask nothing
  const PATIENCE = 4000;
  const LEAST = 3;
  let rows = [];
  let at = -1;
  let timer = 0;
  let flight = null;
  let failures = 0;

  const list = document.createElement('ul');
  Object.assign(list, { id: 'find-list', className: 'suggestions', hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', box.labels[0].textContent.trim());
  const status = document.createElement('span');
  status.className = 'visually-hidden';
  status.setAttribute('role', 'status');
  box.form.append(list, status);
  const said = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id };
  Object.entries(said).forEach(([name, value]) => box.setAttribute(name, value));

  function mark(to) {
    at = to;
    [...list.children].forEach((item, index) => item.setAttribute('aria-selected', String(index === at)));
    if (at < 0) box.removeAttribute('aria-activedescendant');
    else {
      box.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  }

  function close() {
    clearTimeout(timer);
    if (flight) flight.abort();
    list.hidden = true;
    box.setAttribute('aria-expanded', 'false');
    mark(-1);
  }

  function draw(row, index) {
    const item = document.createElement('li');
    item.id = 'find-' + index;
    item.dataset.at = index;
    item.setAttribute('role', 'option');
    item.append(row.text);
    const note = document.createElement('small');
    note.textContent = [row.note, row.mark].filter(Boolean).join(' · ');
    item.append(note);
    return item;
  }

  function show(found) {
    rows = found;
    list.replaceChildren(...rows.map(draw));
    list.hidden = !rows.length;
    box.setAttribute('aria-expanded', String(rows.length > 0));
    mark(-1);
    const words = rows.length ? document.body.dataset.suggestions : document.body.dataset.noSuggestions;
    status.textContent = (words || '').replace('{n}', rows.length);
  }

  async function ask(text) {
    const mine = new AbortController();
    let late = false;
    flight = mine;
    const over = setTimeout(() => { late = true; mine.abort(); }, PATIENCE);
    const url = new URL(box.dataset.suggestions, location.href);
    url.searchParams.set('q', text);
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = (await answer.json()).results || [];
      failures = 0;
      if (document.activeElement === box && box.value.trim() === text) show(found);
    } catch (error) {
      // A line that is too weak is left alone; Enter searches as ever.
      if (error.name !== 'AbortError' || late) failures += 1;
    } finally {
      clearTimeout(over);
    }
  }

  const letters = (text) => (text.match(/\p{L}/gu) || []).length;
  box.addEventListener('input', () => {
    close();
    const text = box.value.trim();
    if (failures > 1 || letters(text) < LEAST || text.includes('|')) return;
    timer = setTimeout(() => ask(text), WAIT);
  });
  box.addEventListener('keydown', (event) => {
    if (event.isComposing || list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      // From the text to the first or the last, and back to the text behind the end.
      const next = at + step;
      mark(next < -1 ? rows.length - 1 : next >= rows.length ? -1 : next);
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      location.assign(rows[at].url);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    }
  });
  box.addEventListener('blur', close);
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const item = event.target.closest('[role=option]');
    if (item) location.assign(rows[Number(item.dataset.at)].url);
  });
}());
