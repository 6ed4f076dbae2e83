(function(w,d){var ids=['1234567890123456'];ids.forEach(function(i){w.fbq('init',i)});
for(var k in {a:1}){w['f'+'bq']('track',k)}
function t(n,...r){try{fbq('track',`${n}`,...r)}finally{}}
t('Lead',{value:1+1});setTimeout(()=>t('Slow'),1e3);eval("gtag('config','G-ABCDEF1234')")})(window,document);
