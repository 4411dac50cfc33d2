/** A link in the compact text of a resource. */
export interface LinkSite {
  /** `reference`: a Reference.reference; `uri`: an element of type uri or url; `xhtml`: href or src in a narrative. */
  readonly kind: 'reference' | 'uri' | 'xhtml';
  /** Range of the link in the text, without quotes. */
  readonly start: number;
  readonly end: number;
  /** Unescaped. */
  readonly target: string;
}
