/* While a new person is typed: who has a record already? The server asks again before it saves. */
(() => {
  'use strict';
  const form = document.getElementById('citizen_form');
  const place = document.getElementById('live-twins');
  if (!form || !place) return;
  const asked = ['name', 'birth', 'sex', 'commune', 'phone', 'personal_number', 'insurance', 'old_card', 'passport'];
  let flight; let timer; let last = '';

  const ask = async () => {
    const body = new FormData(form);
    const said = asked.map((name) => body.get(name) || '').join('\n');
    if (said === last || !body.get('name') || !body.get('birth')) return;
    last = said;
    if (flight) flight.abort();
    flight = new AbortController();
    try {
      const answer = await fetch(place.dataset.url, { method: 'POST', body, signal: flight.signal });
      if (answer.ok) place.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== 'AbortError') last = '';
    }
  };
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 500); });
  form.addEventListener('change', () => { clearTimeout(timer); timer = setTimeout(ask, 100); });
  ask();
})();
