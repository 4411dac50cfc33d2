/** Bounds the memory that the bodies of requests take together, from their first byte to the answer. */
export interface Admission {
  /** An empty account for one body that comes in. */
  open(): BodyAccount;
}

export interface BodyAccount {
  /** Counts so many bytes more, unpacked. False, and nothing counted, where they have no room beside the other bodies. */
  grow(bytes: number): boolean;
  /** Gives all of it back; to be called once the body is answered. */
  release(): void;
}
