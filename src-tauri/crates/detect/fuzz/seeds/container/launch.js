// For license information, see `https://assets.adobedtm.com/1/2/launch-EN1.js`.
window._satellite=window._satellite||{},window._satellite.container={buildInfo:{minified:!0,buildDate:"2026-01-02T03:04:05Z"},
environment:{id:"EN0123456789abcdef0123456789abcdef",stage:"production"},dataElements:{total:{modulePath:"core/src/lib/dataElements/customCode.js",settings:{source:function(){return/["'}]/.test(x)}}}},
extensions:{core:{displayName:"Core",modules:{"core/src/lib/events/click.js":{script:function(e,t,n){"use strict";e.exports=function(){}}}}},
 "facebook-pixel":{displayName:"Meta Pixel",settings:{pixelId:"111222333444555"}},
 "adobe-analytics":{displayName:"Adobe Analytics",settings:{libraryCode:{accounts:{production:["potsprod"]}}}},
 "bing-uet":{displayName:"Bing UET",settings:{tagId:"5550001"}}},
property:{name:"Pots",settings:{domains:["pots.test"]}},
rules:[
 {id:"RL1",name:"All pages",events:[{modulePath:"core/src/lib/events/libraryLoaded.js",settings:{},ruleOrder:50}],conditions:[],
  actions:[{modulePath:"facebook-pixel/src/lib/actions/sendPageView.js",settings:{}},
           {modulePath:"core/src/lib/actions/customCode.js",settings:{source:function(){ttq.load("C4TEAPOTTEAPOTTEAPOT");ttq.page()}}}]},
 {id:"RL2",name:"Thanks",events:[{modulePath:"core/src/lib/events/domReady.js"}],
  conditions:[{modulePath:"core/src/lib/conditions/path.js",settings:{paths:[{value:"/thanks"},{value:"/danke"}]}},
              {modulePath:"core/src/lib/conditions/domain.js",settings:{domains:["pots.test"]}}],
  actions:[{modulePath:"facebook-pixel/src/lib/actions/sendPurchaseEvent.js",settings:{value:"%total%",currency:"EUR"}}]},
 {id:"RL3",name:"Button",events:[{modulePath:"core/src/lib/events/click.js",settings:{elementSelector:"a.b"}}],
  conditions:[{modulePath:"core/src/lib/conditions/cookie.js",settings:{cookie:"box"},negate:!0}],
  actions:[{modulePath:"facebook-pixel/src/lib/actions/sendCustomEvent.js",settings:{name:"Tea",parameters:[{key:"a",value:"b"}]}},
           {modulePath:"core/src/lib/actions/customCode.js",settings:{source:"https://assets.adobedtm.com/1/2/3/RC1-source.min.js",isExternal:!0}}]}]};
var _satellite=function(){return 1}();