//! The end-to-end tests, one module an area. They run once on SQLite and once on PostgreSQL: `CALLAB_TEST_DATABASE`.

mod connect;
mod credentials;
mod inbound_calls;
mod migrations;
mod numbers;
mod routing;
mod test_calls;
