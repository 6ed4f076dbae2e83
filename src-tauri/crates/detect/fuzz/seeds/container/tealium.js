//tealium universal tag - utag.loader ut4.0.202601020304, Copyright 2026 Tealium.com Inc. All Rights Reserved.
if(typeof utag=="undefined"){var utag={loader:{LR:1},cfg:{path:"//tags.tiqcdn.com/utag/pots/main/prod/"}};
utag.loader.loadrules=function(_pd,_pc){var d=_pd||utag.data;var c=_pc||utag.cond;for(var l in utag.loader.GV(c)){switch(l){
case '2':try{c[2]|=(d['page_type'].toString().toLowerCase()=='thanks'.toLowerCase()&&typeof d['order']!='undefined')}catch(e){};break;
case '5':try{c[5]|=(d['dom.url'].toString().indexOf('/tea')>-1)}catch(e){};break;}}};
utag.loader.initcfg=function(){utag.loader.cfg={"4":{load:utag.cond[2],send:1,v:202601020304,wait:1,tid:7117},"7":{load:1,send:1,v:1,wait:1,tid:20067},
"9":{load:(utag.cond[5] && utag.cond[2]),send:1,tid:1},"11":{load:0,send:1,tid:2}};utag.loader.cfgsort=["4","7","9","11"];};utag.loader.initcfg();}
//tealium universal tag - utag.7 ut4.0.202601020304, Copyright 2026 Tealium.com Inc. All Rights Reserved.
try{(function(id,loader){var u={};utag.o[loader].sender[id]=u;u.data={"base_url":"//connect.facebook.net/en_US/fbevents.js","pixel_id":"111222333444555"};})("7","pots.main")}catch(e){}
