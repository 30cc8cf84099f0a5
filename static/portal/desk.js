/* The desk's comfort: the paper follows the current item, pages turn and the next profile comes in place.
   The page works without this file. */
'use strict';
(function () {
  const main = document.getElementById('content-start');
  const zooms = { width: 'page-width', page: 'page-fit' };
  const one = (selector) => main.querySelector(selector);
  const all = (selector) => [...main.querySelectorAll(selector)];
  const papers = () => all('.evidence[data-proves]');
  const zoomNow = () => (one('.zooms [aria-current]') || { dataset: {} }).dataset.zoom || 'width';
  const state = { zoom: zoomNow() };

  function pageOf(figure, key) {
    const said = figure.dataset.pages.split(' ').find((pair) => pair.startsWith(key + ':'));
    return said ? said.split(':')[1] : '1';
  }

  /* A viewer of PDF reads page and size once: a fresh frame is the one way all browsers follow. */
  function turn(figure, page) {
    const viewer = figure.querySelector('.viewer');
    viewer.className = 'viewer zoom-' + state.zoom;
    figure.querySelectorAll('[data-page], [data-zoom]').forEach((link) => {
      const on = link.dataset.page === page || link.dataset.zoom === state.zoom;
      if (on) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    });
    const sent = one('[data-page-now]');
    if (sent) sent.value = page;
    const frame = viewer.querySelector('iframe');
    if (!frame) return;
    const address = figure.dataset.url + '#page=' + page + '&zoom=' + (zooms[state.zoom] || state.zoom) + '&toolbar=0&navpanes=0';
    figure.querySelector('figcaption a').href = address;
    if (frame.getAttribute('src') === address) return;
    const fresh = frame.cloneNode(false);
    fresh.removeAttribute('data-src');
    fresh.src = address;
    frame.replaceWith(fresh);
  }

  function open(figure, page) {
    papers().forEach((other) => {
      other.hidden = other !== figure;
      const link = other.querySelector('figcaption a');
      if (other === figure) link.dataset.key = 'e'; else delete link.dataset.key;
    });
    figure.dataset.page = page;
    turn(figure, page);
  }

  function show(key) {
    const figure = papers().find((paper) => paper.dataset.proves.split(' ').includes(key));
    const none = one('.no-paper');
    if (none) {
      none.hidden = Boolean(figure);
      const label = one('tr[data-item="' + key + '"] th');
      if (!figure && label) none.lastElementChild.textContent = none.dataset.text.replace('…', label.textContent.trim());
    }
    if (figure) open(figure, pageOf(figure, key));
  }

  function mark(row) {
    all('.review tr[aria-current]').forEach((other) => other.removeAttribute('aria-current'));
    row.setAttribute('aria-current', 'true');
    const choice = row.querySelector('input[data-current]');
    if (choice) choice.checked = true;
    show(row.dataset.item);
  }

  document.addEventListener('portal:current', (event) => show(event.target.dataset.item));
  document.addEventListener('change', (event) => {
    if (event.target.matches('.review input[data-current]')) mark(event.target.closest('tr'));
    if (event.target.matches('.desk-filter select')) event.target.form.requestSubmit();
  });
  document.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.button) return;
    const link = event.target.closest('[data-page], [data-zoom], [data-paper], .see');
    const row = event.target.closest('.review tr[data-item]');
    if (link && link.matches('a')) {
      event.preventDefault();
      const figure = link.closest('figure');
      if (link.matches('.see')) mark(row);
      else if (link.dataset.paper) open(papers()[Number(link.dataset.paper)], papers()[Number(link.dataset.paper)].dataset.page || '1');
      else {
        if (link.dataset.zoom) state.zoom = link.dataset.zoom;
        const now = figure.querySelector('[data-page][aria-current]');
        open(figure, link.dataset.page || (now ? now.dataset.page : '1'));
      }
    } else if (row && !event.target.closest('a, input, label')) mark(row);
  });

  /* ---- returning: opened at once, so that the next key already falls on a reason ---- */
  document.addEventListener('click', (event) => {
    const summary = event.target.closest('.return > summary');
    const label = event.target.closest('.return label[data-key]');
    // A figure chooses a reason and stays there: Enter returns the profile, Tab goes to the words.
    if (label) label.querySelector('input').focus();
    if (!summary) return;
    event.preventDefault();
    const reasons = summary.parentElement;
    reasons.open = !reasons.open;
    const first = reasons.querySelector('input[type=radio]:checked') || reasons.querySelector('input[type=radio]');
    if (reasons.open) first.focus(); else summary.focus();
  });
  document.addEventListener('keydown', (event) => {
    const reasons = event.key === 'Escape' && one('.return[open]');
    if (!reasons) return;
    event.preventDefault();
    reasons.open = false;
    reasons.querySelector('summary').focus();
  });

  /* ---- the next profile in place: what was decided and what comes next are one request ---- */
  const here = () => location.pathname + location.search;
  let shown = here();
  let inFlight = false;
  let plainly = false;

  async function fetched(url, body) {
    const answer = await fetch(url, { method: body ? 'POST' : 'GET', body: body, headers: { 'X-Part': 'main' } });
    return { address: answer.headers.get('Content-Location'), text: await answer.text() };
  }

  /* Another answer than a profile (logged out, a fault) is for the browser itself to show: ``plain`` does so. */
  async function go(url, body, plain, lost) {
    inFlight = true;
    main.setAttribute('aria-busy', 'true');
    try {
      const found = await fetched(url, body);
      if (!found.address) plain();
      else if (!found.text) location.assign(found.address);
      else place(found);
    } catch (fault) {
      if (fault instanceof TypeError) lost(); else throw fault;
    } finally {
      inFlight = false;
      main.removeAttribute('aria-busy');
    }
  }

  function place(found) {
    const made = new DOMParser().parseFromString(found.text, 'text/html');
    document.title = made.title;
    main.replaceChildren(...made.body.childNodes);
    const isSame = found.address.split('?')[0] === location.pathname;
    history[isSame ? 'replaceState' : 'pushState'](null, '', found.address);
    shown = here();
    state.zoom = zoomNow();
    count();
    window.scrollTo(0, 0);
    const first = one('.errornote') || one('[autofocus]') || one('.messagelist') || one('#who');
    if (first) first.focus();
  }

  function count() {
    const badge = document.querySelectorAll('#nav-main a[aria-current] [data-menu]');
    badge.forEach((number) => { number.firstChild.textContent = one('.desk').dataset.waiting; });
  }

  function say(words) {
    all('.errornote').forEach((old) => old.remove());
    const note = document.createElement('div');
    note.className = 'errornote';
    note.setAttribute('role', 'alert');
    note.tabIndex = -1;
    note.textContent = words;
    one('.desk').before(note);
    note.focus();
  }

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || plainly || !form.matches('#review_form, #return_form')) return;
    event.preventDefault();
    if (inFlight) return;
    const sent = new FormData(form);
    if (event.submitter) sent.set(event.submitter.name, event.submitter.value);
    go(here(), sent, () => {
      plainly = true;
      form.requestSubmit(event.submitter);
      plainly = false;
    }, () => say(one('.desk').dataset.lost));
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[rel=next], a[rel=prev], .qlist a');
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const leave = () => location.assign(link.href);
    if (!inFlight) go(link.href, null, leave, leave);
  });
  window.addEventListener('popstate', () => {
    if (here() === shown) return;
    const leave = () => location.reload();
    go(here(), null, leave, leave);
  });
}());
