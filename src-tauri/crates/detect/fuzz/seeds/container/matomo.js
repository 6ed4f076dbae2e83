/*!! library */ (function(){ var Templates = {};
Templates['PageViewTrigger'] = (function(){ return function(){ var x = "{[" ; }; })();
window.MatomoTagManager.addContainer({"id":"PoTs1234","idsite":2,"versionName":"spring","revision":4,"environment":"live",
"tags":[
 {"id":1,"type":"Matomo","parameters":{"matomoConfig":{"name":"c","parameters":{"matomoUrl":"\/\/stats.pots.test\/","idSite":"17"}},"trackingType":"pageview"},"fireTriggerIds":[1],"blockTriggerIds":[]},
 {"id":2,"type":"CustomHtml","parameters":{"customHtml":"<script>fbq('init','111222333444555');fbq('track','Lead');<\/script>"},"fireTriggerIds":[2],"blockTriggerIds":[3]},
 {"id":3,"type":"BingUET","parameters":{"bingAdID":"5550001"},"fireTriggerIds":[4],"blockTriggerIds":[]},
 {"id":4,"type":"CustomImage","parameters":{"customImageSrc":"https:\/\/www.facebook.com\/tr?id=111222333444555&ev=Contact"},"fireTriggerIds":[1],"blockTriggerIds":[],"endDate":"2029-01-02 03:04:05"}],
"triggers":[
 {"id":1,"type":"PageView","conditions":[]},
 {"id":2,"type":"DomReady","conditions":[{"actual":{"name":"PageUrl","type":"PageUrl"},"comparison":"regexp_ignore_case","expected":"\/THANKS"}]},
 {"id":3,"type":"PageView","conditions":[{"actual":{"name":"q","type":"UrlParameter","parameters":{"parameterName":"test"}},"comparison":"equals","expected":"1"}]},
 {"id":4,"type":"AllLinksClick","conditions":[{"actual":{"name":"ClickId","type":"ClickId"},"comparison":"equals","expected":"buy"}]}],
"variables":[]}, Templates);})()