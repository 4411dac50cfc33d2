/** Which call of a ValueSink reads an element of a type for a parameter of a type: parameter type → element type → call. */
const calls: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  string: { string: 'text', markdown: 'text', HumanName: 'humanName', Address: 'address' },
  token: {
    string: 'plain',
    id: 'plain',
    uri: 'plain',
    code: 'code',
    boolean: 'boolean',
    Coding: 'coding',
    CodeableConcept: 'codeableConcept',
    Identifier: 'identifier',
    ContactPoint: 'contactPoint',
    Quantity: 'other',
    Range: 'other',
    Reference: 'other',
  },
  date: {
    date: 'moment',
    dateTime: 'moment',
    instant: 'moment',
    Period: 'period',
    Timing: 'timing',
    string: 'other',
    Age: 'other',
    Range: 'other',
  },
  number: { integer: 'number', decimal: 'number', Range: 'numberRange' },
  quantity: {
    Quantity: 'quantity',
    Age: 'quantity',
    Duration: 'quantity',
    Money: 'money',
    Range: 'range',
    SampledData: 'sampledData',
  },
  reference: {
    Reference: 'reference',
    canonical: 'canonical',
    uri: 'canonical',
    Resource: 'resource',
    Attachment: 'other',
  },
  uri: { uri: 'uri', url: 'uri', canonical: 'canonicalUri' },
};

/** Throws for a combination that nobody has decided. */
export function valueCall(parameterType: string, elementType: string): string {
  const call = calls[parameterType]?.[elementType];
  if (call === undefined) throw new Error(`no reading of ${elementType} for a ${parameterType} parameter`);
  return call;
}
