/* Comfort in the visit form: the body-mass index while typing, a choice that writes itself. */
'use strict';
(function () {
  const form = document.getElementById('visit_form');
  if (!form) return;

  const number = (name) => Number(form.elements[name].value.replace(',', '.'));
  function index() {
    const weight = number('weight');
    const height = number('height') / 100;
    const known = weight > 0 && height > 0.2;
    form.elements.bmi.value = known ? (weight / (height * height)).toFixed(1).replace('.', ',') : '';
  }
  form.addEventListener('input', (event) => {
    if (event.target.name === 'weight' || event.target.name === 'height') index();
  });
  index();

  // The kind of visit opens what it asks for.
  const stay = form.querySelector('details[data-kinds]');
  if (stay) {
    const kinds = stay.dataset.kinds.split(' ');
    form.elements.kind.addEventListener('change', () => {
      if (kinds.includes(form.elements.kind.value)) stay.open = true;
    });
  }

  // The day on which the visit ends picks the version of every list: today while a stay lasts.
  function listDay() {
    const lasts = stay && stay.dataset.stays.split(' ').includes(form.elements.kind.value);
    form.dataset.listDay = form.elements.ended_at.value || form.elements.died_at.value || (lasts ? '' : form.elements.started_at.value);
  }
  ['kind', 'started_at', 'ended_at', 'died_at'].forEach((name) => form.elements[name].addEventListener('change', listDay));
  listDay();

  // A result that is a death asks when; a moment that is written stays in sight.
  const death = form.querySelector('[data-deaths]');
  form.elements.outcome.addEventListener('change', () => {
    const isDeath = death.dataset.deaths.split(' ').includes(form.elements.outcome.value);
    death.hidden = !isDeath && !form.elements.died_at.value;
  });

  // A choice among several diagnoses writes itself into its box; without scripts the server reads it.
  form.addEventListener('change', (event) => {
    const radio = event.target;
    if (radio.type !== 'radio' || !/^d-\d+-pick$/.test(radio.name)) return;
    const box = document.getElementById('id_' + radio.name.replace('pick', 'text'));
    box.value = radio.parentElement.textContent.trim().replace(/\s+/g, ' ');
    box.focus();
  });
}());
