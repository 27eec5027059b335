/** Under which threads find, in their environment data, what their modules are checked against. */
export const GUARDED = 'bmcloud guarded modules';
