/**
 * Receives what an accessor finds, one call a value, named by how the value is to be read. Every value comes from the
 * body as it is, so it may be of any JSON type. index-builder.ts makes index entries of them.
 */
export interface ValueSink {
  /** An element of a composite begins; its parts follow. */
  open(ordinal: number): void;
  /**
   * The values that follow belong to the component with this code, `<code>$1`. False when they needn't be given: an
   * earlier component had none, so the element can't match.
   */
  part(code: string): boolean;
  close(): void;
  /** Decides `where(resolve() is type)` from the Reference itself; `resource` is the whole resource. */
  refersTo(resource: JsonObject, reference: unknown, type: string): boolean;

  text(value: unknown): void;
  humanName(value: unknown): void;
  address(value: unknown): void;
  /** A token without a system: string, id, uri. */
  plain(value: unknown): void;
  /** A `code` element; `system` is that of its required value set, '' when the set draws on several. */
  code(value: unknown, system: string): void;
  boolean(value: unknown): void;
  coding(value: unknown): void;
  codeableConcept(value: unknown): void;
  identifier(value: unknown): void;
  contactPoint(value: unknown): void;
  /** date, dateTime, instant. */
  moment(value: unknown): void;
  period(value: unknown): void;
  timing(value: unknown): void;
  number(value: unknown): void;
  numberRange(value: unknown): void;
  quantity(value: unknown): void;
  money(value: unknown): void;
  range(value: unknown): void;
  sampledData(value: unknown): void;
  reference(value: unknown): void;
  canonical(value: unknown): void;
  /** A resource inside this one that a reference parameter names (Bundle's first entry). */
  resource(value: unknown): void;
  uri(value: unknown): void;
  canonicalUri(value: unknown): void;
  /** Of a type that the parameter's type has no meaning for (a string among the choices of a date). */
  other(value: unknown): void;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Walks one resource for one search parameter, compiled from its FHIRPath expression. Never throws. */
export type Accessor = (resource: JsonObject, sink: ValueSink) => void;

export interface ParameterAccessor {
  readonly code: string;
  readonly run: Accessor;
}
