var data = {"resource":{"version":"1","macros":[{"function":"__e"}],
    "tags":[
     {"function":"__ogt_1p_data_v2","tag_id":2,"vtp_isEnabled":true,"vtp_isAutoEnabled":true,"vtp_autoEmailEnabled":true},
     {"function":"__ccd_ga_first","tag_id":3,"vtp_instanceDestinationId":"G-KETTLE0001"},
     {"function":"__ccd_em_scroll","tag_id":4,"vtp_instanceDestinationId":"G-KETTLE0001"},
     {"function":"__ccd_em_site_search","tag_id":5,"vtp_instanceDestinationId":"G-KETTLE0001","vtp_searchQueryParams":"q,s"},
     {"function":"__ccd_em_page_view","tag_id":6,"vtp_instanceDestinationId":"G-KETTLE0001","vtp_historyEvents":true},
     {"function":"__ogt_conv_def","tag_id":7,"vtp_instanceDestinationId":"AW-700800900","vtp_conversionLabel":"Lbl1",
      "vtp_matchingRules":"[\"contains\",[\"variable\",\"pageLocation\",[\"map\",\"stripProtocol\",true]],\"/thank-you\"]"},
     {"function":"__gct","tag_id":8,"vtp_trackingId":"G-KETTLE0001"},
     {"function":"__rep","tag_id":9,"vtp_containerId":"AW-700800900","vtp_remoteConfig":["map"]},
     {"function":"__zone","tag_id":10,"vtp_childContainers":["list",["map","publicId","G-TEAPOT0002"]]}
    ],
    "predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"},{"function":"_eq","arg0":["macro",0],"arg1":"gtm.init"}],
    "rules":[[["if",0],["add",6,7,8]],[["if",1],["add",0,1,2,3,4,5]]]}};