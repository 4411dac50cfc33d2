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

/** What else a Task tells. */
export const reviewParts = {
  posterior: '同一人的概率 posterior',
  before: '变更前的版本 version before',
  after: '变更后的版本 version after',
  choice: '所作的决定 choice',
  decision: '决定的记录 decision',
} as const;

export type ReviewKind = keyof typeof reviewKinds;
export type ReviewReason = keyof typeof reviewReasons;
export type ReviewChoice = keyof typeof reviewChoices;
