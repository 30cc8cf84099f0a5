/* Comfort in forms: Enter goes on, suggestions while typing, more rows. The server does the rest. */
'use strict';
(function () {
  const said = document.body.dataset;
  const visible = (el) => el.type !== 'hidden' && !el.disabled && !el.closest('details:not([open])') && el.getClientRects().length > 0;

  /* ---- Enter goes to the next field of a paper form: a scanner ends its text with Enter ---- */
  function goOn(from) {
    const fields = [...from.form.elements].filter((el) => el.matches('input, select, textarea, button.default') && visible(el) && !el.readOnly && !('beside' in el.dataset));
    const group = (el) => el.type === 'radio' && el.name === from.name;
    const next = fields.slice(fields.indexOf(from) + 1).find((el) => !group(el));
    if (next) {
      next.focus();
      if (next.select && next.type !== 'radio') next.select();
    }
  }
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.key !== 'Enter' || event.ctrlKey || event.isComposing) return;
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (!field.closest('.paper form') || /^(submit|button|file)$/.test(field.type)) return;
    event.preventDefault();
    goOn(field);
  });

  /* ---- suggestions: a combobox with a list box (WAI-ARIA), the first answer chosen at once ---- */
  const WAIT = 120;
  let serial = 0;

  class Suggestions {
    constructor(input) {
      this.input = input;
      this.id = (input.id || 'suggest') + '-list' + (serial += 1);
      this.rows = [];
      this.at = -1;
      this.list = document.createElement('ul');
      Object.assign(this.list, { id: this.id, className: 'suggestions', hidden: true });
      this.list.setAttribute('role', 'listbox');
      this.list.setAttribute('aria-label', (input.labels && input.labels[0] && input.labels[0].textContent.trim()) || input.getAttribute('aria-label') || '');
      this.status = document.createElement('span');
      this.status.className = 'visually-hidden';
      this.status.setAttribute('role', 'status');
      input.setAttribute('role', 'combobox');
      input.setAttribute('aria-autocomplete', 'list');
      input.setAttribute('aria-expanded', 'false');
      input.setAttribute('aria-controls', this.id);
      input.autocomplete = 'off';
      const holder = document.createElement('span');
      holder.className = 'suggest';
      input.before(holder);
      const focused = document.activeElement === input;
      holder.append(input, this.list, this.status);
      // Moving a field takes the focus away from it.
      if (focused) input.focus();
      input.addEventListener('input', () => this.typed());
      input.addEventListener('keydown', (event) => this.key(event));
      input.addEventListener('blur', () => this.close());
      this.list.addEventListener('mousedown', (event) => {
        event.preventDefault();
        const row = event.target.closest('[role=option]');
        if (row) this.pick(Number(row.dataset.at));
      });
    }

    typed() {
      clearTimeout(this.timer);
      const into = this.hidden();
      if (into) into.value = '';
      const text = this.input.value.trim();
      if (text.length < Number(this.input.dataset.suggestFrom || 2)) { this.close(); return; }
      this.timer = setTimeout(() => this.ask(text), WAIT);
    }

    hidden() {
      return this.input.dataset.suggestInto && document.getElementById(this.input.dataset.suggestInto);
    }

    async ask(text) {
      if (this.flight) this.flight.abort();
      this.flight = new AbortController();
      const url = new URL(this.input.dataset.suggestUrl, location.href);
      url.searchParams.set(this.input.dataset.suggestParam || 'q', text);
      // A page whose lists are of another day than today says it on its form.
      const day = this.input.form && this.input.form.dataset.listDay;
      if (day) url.searchParams.set('on', day);
      try {
        const answer = await fetch(url, { signal: this.flight.signal, headers: { Accept: 'application/json' } });
        if (!answer.ok) return;
        const rows = (await answer.json()).results || [];
        if (document.activeElement === this.input && this.input.value.trim() === text) this.show(rows);
      } catch (error) {
        if (error.name !== 'AbortError') this.close();
      }
    }

    show(rows) {
      this.rows = rows;
      this.list.replaceChildren(...rows.map((row, at) => this.draw(row, at)));
      this.list.hidden = !rows.length;
      this.input.setAttribute('aria-expanded', String(rows.length > 0));
      this.mark(rows.length ? 0 : -1);
      this.status.textContent = (rows.length ? said.suggestions : said.noSuggestions || '').replace('{n}', rows.length);
    }

    draw(row, at) {
      const item = document.createElement('li');
      item.id = this.id + '-' + at;
      item.dataset.at = at;
      item.setAttribute('role', 'option');
      item.append(row.text || row.value || '');
      if (row.note) {
        const note = document.createElement('small');
        note.textContent = row.note;
        item.append(note);
      }
      return item;
    }

    mark(at) {
      this.at = at;
      [...this.list.children].forEach((item, index) => item.setAttribute('aria-selected', String(index === at)));
      if (at < 0) {
        this.input.removeAttribute('aria-activedescendant');
      } else {
        this.input.setAttribute('aria-activedescendant', this.id + '-' + at);
        this.list.children[at].scrollIntoView({ block: 'nearest' });
      }
    }

    key(event) {
      if (event.isComposing || this.list.hidden) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.mark((this.at + step + this.rows.length) % this.rows.length);
      } else if (event.key === 'Enter' && !event.ctrlKey && this.at >= 0) {
        event.preventDefault();
        this.pick(this.at);
        if (this.input.closest('.paper form')) goOn(this.input);
      } else if (event.key === 'Escape') {
        event.preventDefault();
        this.close();
      }
    }

    pick(at) {
      const row = this.rows[at];
      this.input.value = row.value || row.text;
      const into = this.hidden();
      if (into) into.value = row.id;
      this.input.dispatchEvent(new Event('change', { bubbles: true }));
      this.close();
    }

    close() {
      clearTimeout(this.timer);
      if (this.flight) this.flight.abort();
      this.list.hidden = true;
      this.input.setAttribute('aria-expanded', 'false');
      this.mark(-1);
    }
  }

  const suggest = (root) => root.querySelectorAll('input[data-suggest-url]:not([role=combobox])').forEach((input) => {
    if (!input.id.includes('__prefix__')) new Suggestions(input);
  });

  /* ---- inlines: one more row, or one fewer ---- */
  document.querySelectorAll('[data-inline-formset]').forEach((group) => {
    const { options } = JSON.parse(group.dataset.inlineFormset);
    const blank = group.querySelector('.empty-form');
    const total = document.getElementById('id_' + options.prefix + '-TOTAL_FORMS');
    const most = document.getElementById('id_' + options.prefix + '-MAX_NUM_FORMS');
    if (!blank || !total) return;

    const remover = (row, index) => {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', className: 'button slim plain', textContent: options.deleteText });
      button.addEventListener('click', () => {
        const mark = document.createElement('input');
        Object.assign(mark, { type: 'hidden', name: options.prefix + '-' + index + '-DELETE', value: 'on' });
        row.append(mark);
        row.hidden = true;
        adder.focus();
      });
      (row.querySelector('td.delete') || row.querySelector('h3') || row).append(button);
    };
    const adder = document.createElement('button');
    Object.assign(adder, { type: 'button', className: 'button slim add-row', textContent: options.addText });
    adder.addEventListener('click', () => {
      const index = Number(total.value);
      const row = blank.cloneNode(true);
      row.classList.remove('empty-form');
      row.id = row.id.replace(/empty$/, index);
      row.querySelectorAll('*').forEach((el) => [...el.attributes].forEach((attribute) => {
        if (attribute.value.includes('__prefix__')) attribute.value = attribute.value.replaceAll('__prefix__', index);
      }));
      blank.before(row);
      total.value = index + 1;
      remover(row, index);
      suggest(row);
      const first = [...row.querySelectorAll('input, select, textarea')].find(visible);
      if (first) first.focus();
      adder.hidden = most && most.value !== '' && index + 1 >= Number(most.value);
    });
    (group.querySelector('fieldset') || group).append(adder);
  });

  suggest(document);

  /* ---- leaving a changed form asks first ---- */
  const guarded = [...document.querySelectorAll('form[data-once]')];
  window.addEventListener('beforeunload', (event) => {
    if (guarded.some((form) => form.dataset.changed && !form.dataset.sent)) event.preventDefault();
  });
}());
