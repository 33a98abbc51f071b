/** The name of the virtual address in the files of the examples. */
export const practiceName = 'lb.example.com';
