"""The kinds of secrets that are known everywhere: how each looks in raw JSON.

A match holds no quotation mark and no half of an escape but at its edges, which are kept, so that what is left is JSON
as before. Whoever writes JSON may escape what it likes, and what it writes may hold JSON itself, a file that an agent
read, say: so an escape has one backslash or more. Where a kind has a fixed length, a part of it is asked for: that
its beginning is rare says enough, and each counted repetition costs the engine memory.
"""

EDGE = r"(?:\b|\\[bfnrt]|\\u[0-9A-Fa-f]{4}|\\u001[bB]\[[0-9;]*[A-Za-z]|%[0-9A-Fa-f]{2})"
"""Where a word begins; the character before it may be the last one of an escape: of JSON, of a terminal, of a URL."""

_SNOWFLAKE = "(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){5,6}[A-Za-z]{0,3}"
"""Digits as base64: the id of a bot."""
_ENCODED = r"(?:[A-Za-z0-9_.+/=-]|\\+/|\\+u00(?:3[dD]|2[bBfF]))"
"""Some characters of it need not be escaped in JSON, and may be."""

KINDS: dict[str, tuple[str, str]] = {
    "anthropic_key": (r"sk-ant-", r"[A-Za-z0-9_-]{20,}"),
    "openrouter_key": (r"sk-or-", r"v[0-9]-[a-f0-9]{40,}"),
    # The last one is of those who imitate it: DeepSeek, Moonshot, DashScope.
    "openai_key": (r"sk-", r"(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{48,}|[a-f0-9]{32}\b)"),
    "treadle_token": (r"treadle_hook_", r"[A-Za-z0-9_-]{40,}"),
    "github_token": (r"g[hi]", r"(?:[pousr]_[A-Za-z0-9]{36,}|thub_pat_[A-Za-z0-9_]{22,})"),
    "gitlab_token": (
        r"(?:gl(?:pat|ptt|dt|rt|rtr|cbt|ft|soat|ffct|imt|agent|wt)-|gloas-|GR1348941)",
        r"[A-Za-z0-9_-]{20,}(?:\.[0-9a-z]{2}\.[0-9a-z]{9}\b|\.[0-9a-z]{9}\b)?",
    ),
    "bitbucket_token": (r"AT(?:BB|CTT3)", rf"[A-Za-z0-9_-]{{32,}}{_ENCODED}*"),
    "atlassian_token": (r"ATATT3", rf"[A-Za-z0-9_-]{{40,}}{_ENCODED}*"),
    "aws_key": (r"(?:AKIA|ASIA)", r"[A-Z0-9]{16}\b"),
    "slack_token": (r"(?:xox[abeoprs]-|xapp-[0-9]-)", r"[A-Za-z0-9-]{10,}"),
    "google_key": (r"AIza", r"[A-Za-z0-9_-]{35}"),
    "google_oauth": (r"(?:GOCSPX-|ya29\.)", r"[A-Za-z0-9_-]{20,}"),
    "azure_secret": (r"[A-Za-z0-9_][A-Za-z0-9_~.]{2}[0-9]Q~", r"[A-Za-z0-9_~.-]{31,34}"),
    "stripe_key": (r"(?:[rs]k_(?:live|test|prod)_|whsec_)", r"[A-Za-z0-9]{16,}"),
    "twilio_key": (r"SK", r"[a-f0-9]{32}\b"),
    "sendgrid_key": (r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}"),
    "shopify_token": (r"shp(?:at|ca|pa|ss|ua)_", r"[A-Fa-f0-9]{32}"),
    "square_token": (r"sq0[a-z]{3}-", r"[A-Za-z0-9_-]{22,}"),
    "npm_token": (r"npm_", r"[A-Za-z0-9]{36}"),
    "pypi_token": (r"pypi-", r"[A-Za-z0-9_-]{60,}"),
    "rubygems_key": (r"rubygems_", r"[a-f0-9]{40,}"),
    "docker_token": (r"dckr_[po]at_", r"[A-Za-z0-9_-]{27,}"),
    "vault_token": (r"hv[brs]\.", r"[A-Za-z0-9_-]{24,}"),
    "terraform_token": (r"[A-Za-z0-9]{14}\.atlasv1\.", r"[A-Za-z0-9_-]{40,}(?:=|\\+u003[dD])*"),
    "digitalocean_token": (r"do[opr]_v1_", r"[a-f0-9]{40,}"),
    "databricks_token": (r"dapi", r"[a-f0-9]{32}(?:-[0-9]+)?\b"),
    "doppler_token": (r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}"),
    "pulumi_token": (r"pul-", r"[a-f0-9]{40}\b"),
    "planetscale_token": (r"pscale_(?:tkn|pw|oauth)_", r"[A-Za-z0-9_.-]{32,}"),
    "fly_token": (r"f(?:m[12]|o1)_", rf"{_ENCODED}{{43,}}"),
    "heroku_key": (r"HRKU-AA", r"[A-Za-z0-9_-]{40,}"),
    "supabase_token": (r"sb(?:p|_secret)_", r"[A-Za-z0-9_-]{31,}"),
    "tailscale_key": (r"tskey-[a-z]+-", r"[A-Za-z0-9]+-[A-Za-z0-9]{16,}"),
    "grafana_token": (r"gl(?:sa|c)_", rf"{_ENCODED}{{32,}}"),
    "new_relic_key": (r"NRAK-", r"[A-Z0-9]{27}"),
    "sentry_token": (r"sntry[su]_", rf"{_ENCODED}{{40,}}"),
    "postman_key": (r"PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),
    "linear_key": (r"lin_(?:api|oauth)_", r"[A-Za-z0-9]{40,}"),
    "notion_token": (r"ntn_", r"[0-9]{11}[A-Za-z0-9]{35}"),
    "figma_token": (r"fig[dpo][rhu]?_", r"[A-Za-z0-9_-]{40,}"),
    "airtable_token": (r"pat[A-Za-z0-9]{14}\.", r"[a-f0-9]{40,}"),
    "telegram_token": (r"[0-9]{8,10}:AA", r"[A-Za-z0-9_-]{33}\b"),
    "discord_token": (_SNOWFLAKE, r"\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"),
    "hugging_face_token": (r"(?:hf|api_org)_", r"[A-Za-z0-9]{30,}"),
    "groq_key": (r"gsk_", r"[A-Za-z0-9]{40,}"),
    "xai_key": (r"xai-", r"[A-Za-z0-9]{40,}"),
    "replicate_token": (r"r8_", r"[A-Za-z0-9]{37}\b"),
    "perplexity_key": (r"pplx-", r"[A-Za-z0-9]{40,}"),
    "nvidia_key": (r"nvapi-", r"[A-Za-z0-9_-]{40,}"),
    "langsmith_key": (r"lsv2_(?:pt|sk)_", r"[a-f0-9]{32}_[a-f0-9]{10}"),
    "age_key": (r"AGE-SECRET-KEY-1", r"[0-9A-Z]{40,}"),
    "json_web_token": (r"eyJ", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
}
"""Words that are secrets as they stand: how each begins, which tells the kind, and how it goes on."""

_SLASH = r"(?:/|\\+/|\\+u002[fF])"
_BASE64 = r"(?:[A-Za-z0-9+/]|\\+/|\\+u002[bBfF])"
_QUOTE = r"""\\+u002[27]|\\+[\"t]|[\"' >]"""
_TO_VALUE = rf"(?:{_QUOTE})*(?:[:=]|\\+u003[dD])(?:{_QUOTE}|[:=]|\\+u003[dDeE])*"
"""Between a name and its value: in JSON, in a header, in a shell, in code."""
_IN_KEY = r"(?:[A-Za-z0-9+/=:,. _|>→]|-(?:[A-Za-z0-9+/ ]|\\+[nr])|\\+[nrt/]|\\+u(?:2192|002[bBfF]|003[dDeE]))"
"""Also what stands before each line where it is shown: its number, the name of its file, the sign of a change."""
_ESCAPED = r"\\+u(?:00(?:2[67bB]|3[cCdDeE]|[89A-Fa-f][0-9A-Fa-f])|0[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Fa-f][0-9A-Fa-f]{3})"
"""A character in a URL that need not be escaped in JSON, and may be."""
_EQUALS = r"(?:=|\\+u003[dD])"

SURROUNDED: dict[str, tuple[str, str]] = {
    "aws_secret": (
        rf"(?i:secret_?access_?key){_TO_VALUE}",
        rf"{_BASE64}{{39}}(?:[A-Za-z0-9]\b|[+/]\B|\\+/|\\+u002[bBfF])",
    ),
    "azure_key": (rf"(?:Account|SharedAccess)Key{_EQUALS}", rf"{_BASE64}{{43}}{_BASE64}*{_EQUALS}{{1,2}}"),
    "azure_signature": (rf"(?:[?&]|\\+u0026)sig{_EQUALS}", r"[A-Za-z0-9%+/]{40,}(?:=|%3[dD]|\\+u003[dD])"),
    "slack_webhook": (
        rf"hooks\.slack\.com{_SLASH}[a-z]+{_SLASH}",
        rf"T[A-Z0-9]+{_SLASH}(?:[A-Za-z0-9]|{_SLASH}){{20,}}",
    ),
    "discord_webhook": (
        rf"discord(?:app)?\.com{_SLASH}api{_SLASH}(?:v[0-9]+{_SLASH})?webhooks{_SLASH}[0-9]+{_SLASH}",
        r"[A-Za-z0-9_-]{60,}",
    ),
    "credential": (rf"(?i:authorization){_TO_VALUE}(?i:bearer|basic|token) ", r"[A-Za-z0-9._~+/=-]{8,}"),
    # Neither a place for one, such as {password}, <password>, $PASSWORD, %s or ***, nor a pattern of URLs.
    "password": (
        rf":{_SLASH}{{2}}(?:[^\s/:@\"\\?(\[{{<]|{_ESCAPED})*:",
        (
            rf"(?:[^\s/@\"\\?(\[{{<'`$*%]|\$[^\s/@\"\\?{{(A-Z_]|\*[^\s/@\"\\?*]|%[0-9A-Fa-f]{{2}}|{_ESCAPED})"
            rf"(?:[^\s/@\"\\?]|{_ESCAPED})*@"
        ),
    ),
    # A clipped one has no end. Without a line of it, it is only named: in code that reads keys, in a text about them.
    # The last one, since nothing stands before it.
    "private_key": (
        "",
        (
            rf"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----{_IN_KEY}*{_BASE64}{{40}}{_IN_KEY}*"
            r"(?:-?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)?"
        ),
    ),
}
"""Secrets that are known by what stands around them, which is kept: what is before each, and the secret."""
