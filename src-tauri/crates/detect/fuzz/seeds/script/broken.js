var x = {{ y }};
fbq('init', '1234567890123456');
class A { static #p = gtag('event', 'x'); *g() { yield ttq.page() } async f() { await import('x') } }
switch (a) { case 1: uetq.push('event', 'buy', {}); default: }
