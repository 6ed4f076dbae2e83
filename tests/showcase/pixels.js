// Google Analytics runs at once in Consent Mode; Meta and TikTok wait for the visitor's agreement; Microsoft's tag does not.
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
gtag('consent', 'default', {ad_storage: 'denied', analytics_storage: 'denied'});
gtag('js', new Date());
gtag('config', 'G-7QK2M4X9TB');

!function (f, b, e, v, n, t, s) {
  if (f.fbq) return; n = f.fbq = function () { n.callMethod ? n.callMethod.apply(n, arguments) : n.queue.push(arguments); };
  if (!f._fbq) f._fbq = n; n.push = n; n.loaded = !0; n.version = '2.0'; n.queue = [];
}(window, document);
!function (w, d, t) {
  w.TiktokAnalyticsObject = t;
  const ttq = w[t] = w[t] || [];
  ttq.methods = ['page', 'track', 'identify'];
  ttq.setAndDefer = (o, m) => { o[m] = function () { o.push([m].concat([].slice.call(arguments, 0))); }; };
  ttq.methods.forEach((m) => ttq.setAndDefer(ttq, m));
  ttq.load = (id) => {
    ttq._i = ttq._i || {}; ttq._i[id] = [];
    const s = d.createElement('script'); s.async = true;
    s.src = `https://analytics.tiktok.com/i18n/pixel/events.js?sdkid=${id}&lib=${t}`;
    d.head.append(s);
  };
}(window, document, 'ttq');

function agreed() {
  gtag('consent', 'update', {ad_storage: 'granted', analytics_storage: 'granted'});
  const s = document.createElement('script');
  s.async = true;
  s.src = 'https://connect.facebook.net/en_US/fbevents.js';
  document.head.append(s);
  fbq('init', '284915073166502');
  fbq('track', 'PageView');
  ttq.load('CQ8L2JRC77U4E1VSN3D0');
  ttq.page();
}
