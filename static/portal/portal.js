/* Comfort on every page: keys, scanner, focus, theme. Each page works without this file. */
'use strict';
(function () {
  const find = document.getElementById('find-q');
  const isField = (el) => el instanceof Element && el.matches('input, textarea, select, [contenteditable]');
  const isChoice = (el) => el instanceof Element && el.matches('input[type=radio], input[type=checkbox]');
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  /* ---- keys: F2 the box, Escape closes, Ctrl Enter saves, ? lists all keys ---- */
  const OPEN = '.menu[open], #changelist-filter details[open]';

  function closeOpen() {
    const open = all(OPEN).pop();
    if (!open) return false;
    open.open = false;
    open.querySelector('summary').focus();
    return true;
  }

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented) return;
    if (event.key === 'F2' && find) {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === 'Escape') {
      if (closeOpen()) event.preventDefault();
    } else if (event.key === 'Enter' && event.ctrlKey) {
      // The form that is being typed into, where a page has several.
      const form = event.target instanceof Element && event.target.closest('form');
      const own = form && form.querySelector('button.default, input.default, button[data-saves]');
      const button = own || one('.submit-row .default');
      if (button) {
        event.preventDefault();
        button.click();
      }
    } else if (letterKey(event)) {
      event.preventDefault();
    }
  });

  /* Single letters act only outside a field, and not for those who switched them off. */
  function letterKey(event) {
    if (document.body.dataset.keys === 'off') return false;
    // A choice takes no letters; in an open panel only the figures before its choices act.
    const choosing = isChoice(event.target) && !event.target.matches('[data-current]');
    if (isField(event.target) && !isChoice(event.target)) return false;
    if (choosing && !/^[0-9]$/.test(event.key)) return false;
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    // A key held down would decide on one after the other; it moves the mark alone.
    if (event.repeat && !/^Arrow/.test(event.key)) return true;
    if (event.key === '?') {
      const keys = one('a[data-all-keys]');
      if (keys) keys.click();
      return Boolean(keys);
    }
    if (step({ ArrowDown: 1, ArrowUp: -1 }[event.key])) return true;
    const deed = one('[data-key="' + CSS.escape(event.key.toLowerCase()) + '"]');
    if (!deed) return false;
    if (isField(deed)) deed.focus(); else deed.click();
    return true;
  }

  /* The current row of a review: arrows move it, its own radio or link follows. */
  function step(by) {
    const rows = all('.review tbody tr[tabindex]');
    const now = rows.findIndex((row) => row.hasAttribute('aria-current'));
    const next = by && rows[now + by];
    if (!next) return false;
    if (rows[now]) rows[now].removeAttribute('aria-current');
    next.setAttribute('aria-current', 'true');
    next.focus();
    const choice = next.querySelector('input[type=radio][data-current]');
    if (choice) choice.checked = true;
    next.dispatchEvent(new CustomEvent('portal:current', { bubbles: true }));
    return true;
  }

  /* A click elsewhere closes an open menu or filter, as everybody expects. */
  document.addEventListener('click', (event) => {
    all(OPEN).forEach((open) => { if (!open.contains(event.target)) open.open = false; });
  });

  /* ---- a scanner is a fast keyboard: a burst with a bar in it belongs in the box ---- */
  const GAP = 40;
  const LEAST = 20;
  let burst = '';
  let last = 0;
  let landed = null;
  document.addEventListener('keydown', (event) => {
    if (!find || event.target === find) return;
    const quick = event.timeStamp - last < GAP;
    last = event.timeStamp;
    if (!quick) {
      burst = '';
      landed = isField(event.target) ? { field: event.target, value: event.target.value } : null;
    }
    if (event.key.length === 1) burst += event.key;
    if (event.key !== 'Enter' || burst.length <= LEAST || !burst.includes('|')) return;
    event.preventDefault();
    event.stopPropagation();
    if (landed && 'value' in landed.field) landed.field.value = landed.value;
    find.value = burst;
    burst = '';
    find.focus();
    if (!document.querySelector('form[data-changed]')) find.form.requestSubmit();
  }, true);

  document.addEventListener('input', (event) => {
    const form = event.target.form;
    if (form && form.matches('form[data-once]')) form.dataset.changed = 'yes';
  });

  /* ---- focus: to the summary of errors, else to the message of what was just stored ---- */
  // A form that goes on from a message begins at its field; the message is a status and is read out.
  const note = one('.errornote') || (one('form[data-once] [autofocus]') ? null : one('.messagelist'));
  if (note && !one('#login-form')) note.focus();
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('.errornote a[href^="#"]');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const inner = isField(field) ? field : field.querySelector('input, select, textarea');
    (inner || field).focus();
  });

  /* ---- a form is sent once; its key stays what it was, so a second sending changes nothing ---- */
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches('form[data-once]')) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    form.querySelectorAll('button[type=submit]').forEach((b) => b.setAttribute('aria-disabled', 'true'));
    const state = form.querySelector('.submit-row .state');
    if (state) state.textContent = document.body.dataset.sending || '';
    setTimeout(() => again(form), 15000);
  });
  function again(form) {
    delete form.dataset.sent;
    form.querySelectorAll('button[type=submit]').forEach((b) => b.removeAttribute('aria-disabled'));
  }
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) all('form[data-once]').forEach(again);
  });

  /* ---- light or dark: kept in a cookie, so that the next page is drawn right at once ---- */
  all('.theme-toggle').forEach((button) => button.addEventListener('click', (event) => {
    event.preventDefault();
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    document.cookie = 'theme=' + root.dataset.theme + ';path=/;max-age=31536000;samesite=lax';
  }));
}());
