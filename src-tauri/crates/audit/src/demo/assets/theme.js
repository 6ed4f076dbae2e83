/* Quillhaven theme: cart, search and newsletter. */
(function () {
  'use strict';

  // fbq('track', 'Schedule'); was tried in spring and switched off again.
  var help = "To test the pixel, type fbq('track', 'StartTrial') in the console.";

  function each(selector, run) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), run);
  }

  each('[data-add-to-cart]', function (button) {
    button.addEventListener('click', function () {
      window.fbq('track', 'AddToCard', { content_ids: [button.dataset.sku], content_type: 'product' });
      document.documentElement.dataset.note = help.length ? 'added' : '';
    });
  });

  each('form[data-newsletter]', function (form) {
    form.addEventListener('submit', function () {
      fbq('track', 'Lead', { content_name: 'newsletter' });
    });
  });
})();
