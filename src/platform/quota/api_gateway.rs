//! Amazon API Gateway (REST, HTTP, WebSocket): the account's token bucket, time-outs, sizes, caches of authorizers.
//!
//! Left out: numbers of resources and of plans, prices; the thirteen Regions with a quarter of the rate.

use super::{ALWAYS, table};

/// The sizes of a REST stage's cache, in GB (AWS SDK model: apigateway, botocore 1.44.5, `CacheClusterSize`).
pub const CACHE_SIZES_GB: [f64; 8] = [0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118.0, 237.0];

table! {
    "apigateway.throttle_rate" = 10000 "requests/s", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11":
        "requests a second of all APIs of the account in a Region together";
    "apigateway.throttle_burst" = 5000 "requests", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11":
        "size of the same token bucket; not for the customer to set";
    "apigateway.rest_integration_timeout" = 29 "s", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11":
        "default time-out of a REST integration; longer only for Regional and private APIs";
    "apigateway.http_integration_timeout" = 30 "s", from ALWAYS, "AWS docs: apigateway/http-api-quotas, read 2026-11":
        "default and longest time-out of an HTTP integration";
    "apigateway.websocket_integration_timeout" = 29 "s", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11":
        "default and longest time-out of a WebSocket integration";
    "apigateway.integration_timeout_minimum" = 50 "ms", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11":
        "shortest integration time-out";
    "apigateway.rest_payload" = 10485760 "bytes", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11": "largest REST request or response";
    "apigateway.http_payload" = 10485760 "bytes", from ALWAYS, "AWS docs: apigateway/http-api-quotas, read 2026-11":
        "largest HTTP request or response";
    "apigateway.websocket_message" = 131072 "bytes", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11": "largest WebSocket message";
    "apigateway.websocket_frame" = 32768 "bytes", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11": "largest WebSocket frame";
    "apigateway.rest_headers" = 20480 "bytes", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11": "largest headers of a REST request";
    "apigateway.http_headers" = 10240 "bytes", from ALWAYS, "AWS docs: apigateway/http-api-quotas, read 2026-11":
        "largest request line and headers of an HTTP request";
    "apigateway.authorizer_timeout" = 10 "s", from ALWAYS, "AWS docs: apigateway/http-api-quotas, read 2026-11":
        "time-out of an HTTP API's Lambda authorizer";
    "apigateway.authorizer_ttl" = 300 "s", from ALWAYS, "AWS SDK model: apigateway, botocore 1.44.5":
        "how long a REST authorizer's answer is kept by default";
    "apigateway.authorizer_ttl_maximum" = 3600 "s", from ALWAYS, "AWS SDK model: apigateway, botocore 1.44.5":
        "how long an authorizer's answer may be kept";
    "apigateway.cache_ttl" = 300 "s", from ALWAYS, "AWS docs: apigateway/caching, read 2026-11": "how long a cached response is kept by default";
    "apigateway.cache_ttl_maximum" = 3600 "s", from ALWAYS, "AWS docs: apigateway/caching, read 2026-11": "how long a cached response may be kept";
    "apigateway.cache_response" = 1048576 "bytes", from ALWAYS, "AWS docs: apigateway/caching, read 2026-11": "largest response that is cached";
    "apigateway.websocket_connections" = 500 "connections/s", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11":
        "new WebSocket connections a second of the account";
    "apigateway.websocket_idle" = 600 "s", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11":
        "a silent WebSocket connection is closed";
    "apigateway.websocket_lifetime" = 7200 "s", from ALWAYS, "AWS docs: apigateway/websocket-limits, read 2026-11":
        "a WebSocket connection is closed";
    "apigateway.http_metering" = 524288 "bytes", from ALWAYS, "AWS price list capture, 2026-08":
        "an HTTP call is metered as one for each started piece of this size";
    "apigateway.websocket_metering" = 32768 "bytes", from ALWAYS, "recollected: captures of the pricing page":
        "a WebSocket message is metered as one for each started piece of this size";
    "apigateway.api_keys" = 10000 "keys", from ALWAYS, "AWS docs: apigateway/limits, read 2026-11": "API keys of an account in a Region";
    "apigateway.throttle_shards" = 1 "shards", from ALWAYS,
        "modelling choice: exact; 200 fits what users saw in 2022 (re:Post, 20 requests/s: about 80 of 100 requests at once were let through)":
        "buckets that share the work of a stage's or route's throttle without knowing of each other";
    "apigateway.authorizer_cache" = 100000 "identities", from ALWAYS, "modelling choice: AWS gives no number":
        "identities whose answers an authorizer remembers at a time";
}
