// A table of data: the counties and districts of Xiangyang in Hubei with their townships and streets.
// Source: National Bureau of Statistics of China, division codes for statistics (GB/T 2260 county codes), without
// development zones, farms and forest stations.

export interface County {
  /** GB/T 2260. */
  readonly code: string;
  readonly name: string;
  readonly townships: readonly string[];
}

export const city = { code: '420600', name: '襄阳市', province: '湖北省' } as const;

const rows: readonly (readonly [code: string, name: string, townships: string])[] = [
  ['420602', '襄城区', '真武山街道 古城街道 庞公街道 檀溪街道 隆中街道 余家湖街道 欧庙镇 卧龙镇 尹集乡'],
  [
    '420606',
    '樊城区',
    '汉江街道 王寨街道 中原街道 定中门街道 清河口街道 屏襄门街道 米公街道 柿铺街道 牛首镇 太平店镇',
  ],
  [
    '420607',
    '襄州区',
    '张湾街道 刘集街道 肖湾街道 六两河街道 浩然街道 金华街道 龙王镇 石桥镇 黄集镇 伙牌镇 古驿镇 朱集镇 程河镇 双沟镇 张家集镇 黄龙镇 峪山镇 东津镇',
  ],
  ['420624', '南漳县', '城关镇 武安镇 九集镇 李庙镇 长坪镇 薛坪镇 板桥镇 巡检镇 东巩镇 肖堰镇'],
  ['420625', '谷城县', '城关镇 石花镇 盛康镇 庙滩镇 五山镇 茨河镇 南河镇 紫金镇 冷集镇 赵湾乡'],
  ['420626', '保康县', '城关镇 黄堡镇 后坪镇 龙坪镇 店垭镇 马良镇 歇马镇 马桥镇 寺坪镇 过渡湾镇 两峪乡'],
  ['420682', '老河口市', '光化街道 酂阳街道 孟楼镇 竹林桥镇 薛集镇 张集镇 仙人渡镇 洪山嘴镇 李楼镇 袁冲乡'],
  [
    '420683',
    '枣阳市',
    '北城街道 南城街道 环城街道 琚湾镇 七方镇 杨当镇 太平镇 新市镇 鹿头镇 刘升镇 兴隆镇 王城镇 吴店镇 熊集镇 平林镇',
  ],
  [
    '420684',
    '宜城市',
    '鄢城街道 南营街道 龙头街道 郑集镇 小河镇 刘猴镇 孔湾镇 流水镇 板桥店镇 王集镇 雷河镇',
  ],
];

export const counties: readonly County[] = rows.map(([code, name, townships]) => ({
  code,
  name,
  townships: townships.split(' '),
}));
