/** A group of more records is not partitioned: every pair of it would be compared each time that one is placed. */
export const mostInGroup = 200;

/** A Person of more records is not enlarged: each record that comes to it writes all of its links anew. */
export const mostInPerson = 2_000;
