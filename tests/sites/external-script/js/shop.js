document.querySelector('form').addEventListener('submit', function () {
  fbq('track', 'Lead', { content_name: 'newsletter' });
});
