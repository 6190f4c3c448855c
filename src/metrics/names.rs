//! Names of metrics as a scenario writes them: CloudWatch's, in snake case.
//!
//! ```text
//! ThrottledRequests ─▶ throttled_requests        5XXError ─▶ 5xx_error
//! ```
//!
//! Left out: units and statistics, which are a threshold's own words.

/// CloudWatch's name in snake case: `ThrottledRequests` is `throttled_requests`, `5XXError` is `5xx_error`.
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in chars.iter().enumerate() {
        let starts = c.is_uppercase() && i > 0;
        let after_lower = starts && chars[i - 1].is_lowercase();
        let before_lower = starts && chars[i - 1].is_alphanumeric() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if after_lower || before_lower {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cloudwatch_become_snake_case() {
        assert_eq!(["ThrottledRequests", "5XXError", "Count", "HTTPCode"].map(snake_case), ["throttled_requests", "5xx_error", "count", "http_code"]);
    }
}
