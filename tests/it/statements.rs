//! Published statements about AWS that are easy to get wrong in a model, each a test of its own: what is documented or was measured, run as a scenario.
//! A test's comment names the source; what AWS leaves undocumented is set to one of its ends where a statement does not depend on it.

mod scaling;
