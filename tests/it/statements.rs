//! Published statements about AWS, each as a scenario with the statement's own numbers.
//!
//! "Idealised" runs take away what services add of their own: overhead, allocation, INIT. A statement that rests on a choice of ours says so.

mod gateway;
