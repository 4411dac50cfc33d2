// A table of data: the codes of the CodeSystem identity-review (fhir-profiles/code-systems), each with its displays.

/** What a Task of the steward's queue is about. */
export const reviewKinds = {
  'possible-link': '可能是同一人 possible link',
  conflict: '相似但有矛盾 conflict',
  overlay: '疑似覆盖他人 suspected overlay',
} as const;

/** Why a pair that is a link by its weight stays apart. */
export const reviewReasons = {
  'distinctive-value': '证件号或出生顺序不同 another verified id or order of birth',
  'corroborated-value':
    '各有其他记录佐证的姓名或出生日期不同 another name or birth date that other records bear out',
  'needs-a-steward':
    '新生儿等无自身证件,须人工判断 a record without a number of its own, such as a newborn’s',
  'unlikely-agreement':
    '一致得不寻常,如借用证件 agreement that is unlikely for one person, as with a lent card',
  'weak-link-of-groups': '两组记录之间只有个别相似 only a few records of two groups are alike',
  'kept-apart': '已有人工决定不归为同一人 kept apart by a decision',
} as const;

/** What a steward may decide of a Task. */
export const reviewChoices = {
  link: '归为同一人 link',
  'keep-apart': '不是同一人 keep apart',
  keep: '更正无误,保留 the change is right',
  postpone: '暂缓 postpone',
  undo: '撤销决定 undo',
  note: '备注 note',
} as const;

/** Fields of the schema `patient` that are compared: types of an input. */
export const reviewFields = {
  given: '名 given name',
  surname: '姓 surname',
  nameOrder: '姓名的顺序 order of the name',
  birthDate: '出生日期 birth date',
  identifier: '证件 document',
  phone: '电话 telephone',
  home: '住址 home',
  sex: '性别 sex',
} as const;

/** How far a field agrees, a code for each level of its comparison: values of an input. */
export const reviewLevels = {
  exact: '相同 exact',
  'in-place': '顺序相同 in place',
  'same-house': '同一住处 same house',
  'one-edit': '仅差一处 one edit',
  'same-sound': '同音 same sound',
  'alike-in-writing': '形近 alike in writing',
  'parts-swapped': '姓名互换 parts swapped',
  'day-and-month-swapped': '日月互换 day and month swapped',
  'same-village-or-road': '同村或同路 same village or road',
  'one-character': '有一字相同 one character',
  'same-township': '同乡镇 same township',
  'same-contradicted-by-a-record': '相同,但与该记录本身矛盾 same, contradicted by a record',
  another: '另有其号 another',
  'another-one-of-them-doubtful': '另有其号,其一存疑 another, one of them doubtful',
  disagree: '不同 disagree',
} as const;

/** What else a Task tells. */
export const reviewParts = {
  posterior: '同一人的概率 posterior',
  before: '变更前的版本 version before',
  after: '变更后的版本 version after',
  choice: '所作的决定 choice',
  decision: '决定的记录 decision',
} as const;

export type ReviewKind = keyof typeof reviewKinds;
export type ReviewField = keyof typeof reviewFields;
export type ReviewLevel = keyof typeof reviewLevels;
export type ReviewReason = keyof typeof reviewReasons;
export type ReviewChoice = keyof typeof reviewChoices;
