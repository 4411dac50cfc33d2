/**
 * Digits that somebody typed because a field had to be filled: one digit over and over (with a last one for the check
 * character), a run upwards or downwards, a short pattern repeated. Such values never agree.
 */
export function isFilledIn(digits: string): boolean {
  if (digits.length < 4) return true;
  return /^(.)\1*.?$/.test(digits) || /^(.{2,3})\1{2,}.?.?$/.test(digits) || isRun(digits.slice(0, -1));
}

/** Each digit the one before plus 1 or minus 1, 9 and 0 being neighbours. */
function isRun(digits: string): boolean {
  if (!/^\d{4,}$/.test(digits)) return false;
  const step = (Number(digits[1]) - Number(digits[0]) + 10) % 10;
  if (step !== 1 && step !== 9) return false;
  return [...digits].every(
    (digit, place) => place === 0 || (Number(digits[place - 1]) + step) % 10 === Number(digit),
  );
}

/** Words in a field for a name or a number that say there is none. */
const empty =
  /^(?:不详|不祥|未知|未详|不明|无|没有|暂无|无名氏?|无姓名|佚名|匿名|未取名|未起名|未命名|未登记|未填写?|待定|待查|某某某?|[\p{Script=Han}]某{1,2}|无名[男女]|[男女]性?无名|弃婴|路人|测试.*|.*测试|试用|演示|患者|病人|test(?:patient|person|user|name|er)?\d*|unknown|none|null|nil|undefined|n\/?a|anonymous|demo|dummy|xx+|[-.?*#/0]+|\d+)$/iu;

/** 不详, 无名, 未知, 测试, test, unknown, 张某, ***, and the empty text. */
export const isPlaceholderText = (text: string): boolean => {
  const compact = text.replace(/\s+/g, '');
  return compact === '' || empty.test(compact) || /[*＊×?？]/.test(compact);
};
