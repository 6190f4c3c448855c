//! Statements about AWS that simulators commonly get wrong, each a scenario with its figures. They are numbered as in `../shared/reference`, of which
//! nothing is read here: the figures stand in the tests.

mod dynamodb;
