// Stands in for the first of Pinterest's two scripts: it only brings the second.
(() => {
  const script = document.createElement('script');
  script.async = true;
  script.src = 'https://s.pinimg.com/ct/lib/main.0a1b2c3d.js';
  const first = document.getElementsByTagName('script')[0];
  first.parentNode.insertBefore(script, first);
})();
