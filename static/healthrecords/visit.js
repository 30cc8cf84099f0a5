/* Comfort in the visit form: the body-mass index and the sentence of use while typing. */
'use strict';
(function () {
  const form = document.getElementById('visit_form');
  if (!form) return;
  // A choice among several diagnoses writes itself into its box; without scripts the server reads it.
  form.addEventListener('change', (event) => {
    const radio = event.target;
    if (radio.type !== 'radio' || !/^d-\d+-pick$/.test(radio.name)) return;
    const box = document.getElementById('id_' + radio.name.replace('pick', 'text'));
    box.value = radio.parentElement.textContent.trim().replace(/\s+/g, ' ');
    box.focus();
  });
}());
