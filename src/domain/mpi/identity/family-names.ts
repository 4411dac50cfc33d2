/** Family names of two characters that people bear today; the first character alone is the family name otherwise. */
const compound = new Set(
  `欧阳 上官 司马 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 长孙 宇文 司空 令狐 端木 百里 东郭 轩辕 呼延 西门
申屠 太史 钟离 闻人 澹台 赫连 拓跋 左丘 公羊 公冶 宗政 濮阳 淳于 单于 太叔 仲孙 鲜于 闾丘 司寇 子车 颛孙 巫马 公西
第五 南门 万俟 阳佟 纳兰 完颜 东宫 欧侯 羊舌 微生 梁丘`.split(/\s+/),
);

export interface NameParts {
  readonly family: string;
  readonly given: string;
}

/** A Chinese name without separators in family and given name: 欧阳娜娜 is 欧阳 and 娜娜, 王芳 is 王 and 芳. */
export function splitHanName(name: string): NameParts {
  const characters = [...name];
  const two = characters.slice(0, 2).join('');
  const length = characters.length > 2 && compound.has(two) ? 2 : 1;
  if (characters.length < 2) return { family: '', given: name };
  return { family: characters.slice(0, length).join(''), given: characters.slice(length).join('') };
}
