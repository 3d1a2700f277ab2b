//! What evidence must withstand: authorities that are really there, and bytes that were meddled with.
