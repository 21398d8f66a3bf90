//! The built-in functions, by theme.
