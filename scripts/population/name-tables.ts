// A table of data: characters that clerks exchange by ear or by eye, traditional forms, and names of people without a
// Chinese family name. Written by hand, so that the measured population does not come from the tables of the matcher.

/** Characters of one sound, as an input method offers them together. */
export const homophones: readonly string[] = `
芳方坊枋 丽莉俐立利力莅 伟玮炜卫维纬 敏闽 静净靖敬婧 军君均钧 国帼 建健剑 华桦骅 明铭鸣茗 志智芝致 强蔷 文雯纹
秀绣岫 英瑛莹颖 兰岚澜蓝 桂贵 珍真臻 玉钰育裕昱 梅枚玫 凤奉 莲连涟 淑舒书姝 香湘祥 翠粹 春椿 清青卿 金锦今津 海亥
永勇咏泳 福富 云芸耘匀 林琳霖 光广 生胜升声 发法 家佳嘉加 昌长畅 平萍苹 新欣心馨 民闵 红宏虹洪鸿 玲灵铃凌 霞侠
燕艳雁彦 琴勤芹秦 磊蕾雷 涛韬 斌彬宾滨 杰洁捷婕 波博伯 超朝 辉晖徽 鹏朋 飞菲霏 刚钢罡 亮良 俊骏峻 峰锋枫丰
娟涓 婷亭 娜纳 晓小筱 慧惠蕙汇 丹单 浩昊皓 鑫心 宇雨羽禹语 凯楷恺 旭序绪 豪毫 子梓紫 天添 晨辰宸 阳洋扬 龙隆
航杭 威崴 雪学 悦越月 怡宜仪 倩茜 思斯 梦孟 琪奇琦祺 雅亚 轩萱宣 睿瑞 泽则 奕逸益艺 煜玉 一依伊 佑右 沐木 涵晗含
诺糯 汐夕熙 妍研 可珂 若偌 桐彤童 瑶遥 忠中 成诚程 德得 荣容蓉 正政 兴星 全泉 贤娴 素苏 爱艾 东冬 强墙 伦仑
闫阎颜 付傅 肖萧 代戴 邱丘秋 余于俞 江姜 章张 石时 何贺 李黎 许徐 向项 汤唐 范樊 武吴 田甜 钟中 万宛 程成 任仁`
  .trim()
  .split(/\s+/);

/** Characters that look alike, in pairs, both ways. */
export const lookAlikes: readonly string[] = `
明朋 末未 玉王 土士 己已 洁浩 婷停 俊峻 峻竣 晖辉 芳芬 丽俪 建健 英央 雪雷 清情 清青 宇字 宁宇 霞露 淑椒 桂柱
娟捐 昊吴 候侯 祥详 萱宣 莹营 天夫 天无 刘列 涵函 桐洞 梓辛 轩轻 浩皓 泽译 欣欢 怡恰 悦说 琪棋 瑶摇 诺若 若苦 思恩
志态 忠患 贵责 国围 春香 秀季 珍诊 素紊 荣荥 昌冒 兴六 永水 林材 海梅 梅侮 金全 全生 云去 东车 平乎 民尺
伟玮 伟炜 勇男 军车 华毕 磊垒 杰杏 鹏朋 刚钢 亮高 峰锋 锋烽 静睁 艳绝 娜那 玲铃 丹舟 凯剀 旭旮 晨辰 阳阴
龙尤 航抗 豪毫 颖颍 佳住 雨两 倩清 梦焚 琴瑟 慧彗 雅稚 沐沫 汐夕 妍研 可司 语话 艺芝 睿容 奕弈 嘉喜 佑佐 子于
文父 光先 福副 建律 红江 香杳 凤风 莲连 翠萃 琼凉 爱受 波坡 涛寿 斌赋 超赵 新亲 成戍 学字 勤勒`
  .trim()
  .split(/\s+/);

/** Simplified and traditional form. */
export const traditional: ReadonlyMap<string, string> = new Map(
  `张張 陈陳 刘劉 黄黃 赵趙 吴吳 孙孫 马馬 罗羅 郑鄭 谢謝 韩韓 冯馮 邓鄧 萧蕭 叶葉 苏蘇 蒋蔣 钟鍾 谭譚 陆陸 贾賈 韦韋
邹鄒 阎閻 龚龔 万萬 钱錢 严嚴 顾顧 贺賀 龙龍 丽麗 伟偉 静靜 军軍 国國 华華 强強 兰蘭 凤鳳 莲蓮 云雲 发發 兴興 东東
红紅 玲玲 燕燕 艳艷 涛濤 杰傑 辉輝 鹏鵬 飞飛 刚剛 娟娟 晓曉 凯凱 泽澤 阳陽 悦悅 梦夢 轩軒 语語 诺諾 艺藝 贵貴 荣榮
庆慶 爱愛 洁潔 莹瑩 颖穎 岚嵐 琼瓊 润潤 勋勳 宝寶 风風 义義 维維 绍紹 卫衛 铭銘 锋鋒 钢鋼 诗詩 欢歡 亚亞 叶葉`
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [simple = '', full = ''] = pair;
      return [simple, full] as const;
    })
    .filter(([simple, full]) => simple !== full),
);

/** Family names outside the hundred most frequent: of two characters, with a reading of their own, often miswritten. */
export const rareFamilyNames: readonly string[] =
  '欧阳 司马 诸葛 上官 皇甫 司徒 单 仇 解 区 查 盖 朴 翟 缪 闫 阎 傅 萧 丘 俞 颜 时 项 樊 代 项 贲 冼 郗'.split(
    ' ',
  );

/** Names of Uyghurs and Kazakhs in Chinese transcription: given name, then the father's. */
export const minorityNames: Readonly<Record<'male' | 'female', readonly string[]>> = {
  male: `买买提 吐尔逊 艾合买提 玉素甫 阿不都拉 热合曼 阿卜杜外力 艾尼瓦尔 库尔班 依明 卡德尔 努尔买买提 阿迪力 肉孜 塔依尔 亚森
木拉提 叶尔兰 巴合提 哈力克 加尔恒 帕尔哈提 艾山 司马义 牙生 萨迪尔 阿布力孜 伊力哈木 尼亚孜 赛买提`.split(
    /\s+/,
  ),
  female:
    `阿依古丽 古丽娜尔 帕提古丽 热依汗 阿曼古丽 米热古丽 阿孜古丽 阿依努尔 玛依拉 茹仙古丽 哈丽旦 祖丽菲娅 努尔古丽 古丽巴哈尔
迪丽娜尔 阿丽亚 沙依兰 阿米娜 热娜古丽 布海里且姆 再乃甫 帕丽旦 图尔荪古丽 早热古丽`.split(/\s+/),
};

/** Names of foreigners. */
export const latinFamilyNames: readonly string[] =
  'Smith Johnson Müller Schmidt Dubois Martin Rossi Ferrari García López Ivanov Petrov Nguyen Tran Kim Park Tanaka Suzuki Okafor Mensah Khan Ahmed Singh Sharma Silva Santos Kowalski Novak O’Brien Andersson'.split(
    ' ',
  );
export const latinGivenNames: Readonly<Record<'male' | 'female', readonly string[]>> = {
  male: 'James Michael Thomas Jean Luca Carlos Sergey Minh Joon Hiroshi Emeka Kwame Imran Omar Arjun Ravi Paulo Jakub Sean Erik Daniel David'.split(
    ' ',
  ),
  female:
    'Mary Anna Sophie Claire Giulia María Elena Linh Minji Yuki Ngozi Ama Fatima Aisha Priya Ananya Beatriz Zofia Aoife Ingrid Laura Emma'.split(
      ' ',
    ),
};

export const villageNames: readonly string[] =
  '杨家营 三里 石桥 黄土坡 张家湾 李家冲 王岗 陈家河 龙泉 白水 青山 双河 红星 新华 东方 周家台 胡家垭 高庙 望城 金盆 马家榜 官庄 竹园 柳林 泉水'.split(
    ' ',
  );
export const roadNames: readonly string[] =
  '长虹路 人民路 建设路 解放路 水镜路 春园路 檀溪路 襄城大道 胜利街 新华路 文化路 迎宾大道 中山街 环城南路 民主路 光明路 振兴路 和平街'.split(
    ' ',
  );
