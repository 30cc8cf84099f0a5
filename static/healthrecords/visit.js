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

  // A choice among several diagnoses writes itself into its box; without scripts the server reads it.
  form.addEventListener('change', (event) => {
    const radio = event.target;
    if (radio.type !== 'radio' || !/^d-\d+-pick$/.test(radio.name)) return;
    const box = document.getElementById('id_' + radio.name.replace('pick', 'text'));
    box.value = radio.parentElement.textContent.trim().replace(/\s+/g, ' ');
    box.focus();
  });
}());
