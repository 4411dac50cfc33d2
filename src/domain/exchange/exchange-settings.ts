/** What the exchange module takes from the configuration (section `exchange`, `node.id`, `directory.owner`). */
export interface ExchangeSettings {
  readonly nodeId: string;
  readonly directoryOwner: 'self' | 'parent';
  readonly parent?: PeerSettings;
  readonly children: readonly PeerSettings[];
  readonly policy: { readonly up: StreamPolicy; readonly down: StreamPolicy };
  /** Bytes of bodies in a batch, before compression. */
  readonly batchBytes: number;
}

export interface PeerSettings {
  readonly id: string;
  /** Of a child: the nodes of its subtree, itself included, whose records it may send. */
  readonly owners: readonly string[];
}

/** What a stream lets go, decided from columns of the log. Down a stream only ever carries the directory and Persons. */
export interface StreamPolicy {
  /** Only these resource types; absent: all. */
  readonly types?: readonly string[];
  readonly excludeTypes: readonly string[];
  /** `system|code` of security labels; a record with one of them stays here. */
  readonly withholdLabels: readonly string[];
}
