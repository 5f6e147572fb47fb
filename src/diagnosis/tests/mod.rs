//! Tables: facts in, findings out.
