fbq('init', '480011223344556');
fbq('track', 'PageView');
fbq('track', 'ViewContent', {content_ids: ['QH-1'], content_type: 'product'});
