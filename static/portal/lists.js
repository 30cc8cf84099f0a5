/* Comfort in lists: choose the page, a stretch of rows, and see how many. */
'use strict';
(function () {
  const toggle = document.getElementById('action-toggle');
  const boxes = [...document.querySelectorAll('#result_list .action-select')];
  if (!boxes.length) return;
  const counter = document.querySelector('.action-counter');
  const across = document.querySelector('.across');
  const acrossField = document.querySelector('input.select-across');
  let last = null;

  function draw() {
    const chosen = boxes.filter((box) => box.checked).length;
    boxes.forEach((box) => box.closest('tr').classList.toggle('selected', box.checked));
    if (counter) counter.textContent = counter.dataset.chosen.replace('{n}', chosen).replace('{all}', boxes.length);
    if (toggle) {
      toggle.checked = chosen === boxes.length;
      toggle.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (across) {
      across.hidden = chosen !== boxes.length;
      if (across.hidden) across.querySelector('input').checked = false;
      if (acrossField) acrossField.value = across.querySelector('input').checked ? 1 : 0;
    }
  }

  if (toggle) {
    toggle.addEventListener('click', () => {
      boxes.forEach((box) => { box.checked = toggle.checked; });
      draw();
    });
  }
  boxes.forEach((box) => box.addEventListener('click', (event) => {
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
    }
    last = box;
    draw();
  }));
  if (across) across.addEventListener('change', draw);
  draw();
}());
