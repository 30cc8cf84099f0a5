/* The desk's comfort: the paper follows the current item, pages turn in place. The page works without this file. */
'use strict';
(function () {
  const figures = [...document.querySelectorAll('.evidence[data-proves]')];
  const none = document.querySelector('.no-paper');
  const zooms = { width: 'page-width', page: 'page-fit' };
  const state = { zoom: (document.querySelector('.zooms [aria-current]') || { dataset: {} }).dataset.zoom || 'width' };

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
    const sent = document.querySelector('[data-page-now]');
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
    figures.forEach((other) => {
      other.hidden = other !== figure;
      const link = other.querySelector('figcaption a');
      if (other === figure) link.dataset.key = 'e'; else delete link.dataset.key;
    });
    figure.dataset.page = page;
    turn(figure, page);
  }

  function show(key) {
    const figure = figures.find((one) => one.dataset.proves.split(' ').includes(key));
    if (none) {
      none.hidden = Boolean(figure);
      const label = document.querySelector('tr[data-item="' + key + '"] th');
      if (!figure && label) none.lastElementChild.textContent = none.dataset.text.replace('…', label.textContent.trim());
    }
    if (figure) open(figure, pageOf(figure, key));
  }

  function mark(row) {
    document.querySelectorAll('.review tr[aria-current]').forEach((other) => other.removeAttribute('aria-current'));
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
      else if (link.dataset.paper) open(figures[Number(link.dataset.paper)], figures[Number(link.dataset.paper)].dataset.page || '1');
      else {
        if (link.dataset.zoom) state.zoom = link.dataset.zoom;
        const now = figure.querySelector('[data-page][aria-current]');
        open(figure, link.dataset.page || (now ? now.dataset.page : '1'));
      }
    } else if (row && !event.target.closest('a, input, label')) mark(row);
  });

  const reasons = document.querySelector('.return');
  if (reasons) {
    const summary = reasons.querySelector('summary');
    // Opened at once, so that the next key already falls on a reason.
    summary.addEventListener('click', (event) => {
      event.preventDefault();
      reasons.open = !reasons.open;
      const first = reasons.querySelector('input[type=radio]:checked') || reasons.querySelector('input[type=radio]');
      if (reasons.open) first.focus(); else summary.focus();
    });
    // A figure chooses a reason and stays there: Enter returns the profile, Tab goes to the words.
    reasons.addEventListener('click', (event) => {
      const label = event.target.closest('label[data-key]');
      if (label) label.querySelector('input').focus();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && reasons.open) {
        event.preventDefault();
        reasons.open = false;
        summary.focus();
      }
    });
  }
}());
