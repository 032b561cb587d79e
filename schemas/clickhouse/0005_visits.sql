-- What a visit holds of goals, orders, events, searches and custom dimensions (docs/statistics.md).
-- Arrays with the same first word belong together: the i-th of each is of the same action, in the order of time.
ALTER TABLE visits
    ADD COLUMN IF NOT EXISTS number UInt16 DEFAULT 1 CODEC(ZSTD(1)), -- which of this visitor's visits of the day
    ADD COLUMN IF NOT EXISTS returning Bool DEFAULT false CODEC(ZSTD(1)), -- with an id, and it had a visit before
    ADD COLUMN IF NOT EXISTS brand LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS model LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS visitor_hour UInt8 DEFAULT 255 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS downloads UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS outlinks UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS searches UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS goals Array(UInt32) CODEC(ZSTD(1)), -- one for each conversion
    ADD COLUMN IF NOT EXISTS goal_revenues Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS orders UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS order_revenue Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS product_names Array(String) CODEC(ZSTD(1)), -- lines of the orders
    ADD COLUMN IF NOT EXISTS product_pieces Array(UInt32) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS product_revenues Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS event_categories Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS event_actions Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS event_names Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS event_values Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS download_urls Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS outlink_urls Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS search_keywords Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS search_categories Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS content_names Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS content_pieces Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS statuses Array(UInt16) CODEC(ZSTD(1)), -- of the pages, aligned with them
    -- Of one of the visit's scope the last value, of one of the actions' scope all of them.
    ADD COLUMN IF NOT EXISTS dimensions Map(UInt8, Array(String)) CODEC(ZSTD(1)),
    -- The countries of gateway.enrich.continents.
    ADD COLUMN IF NOT EXISTS continent LowCardinality(String) DEFAULT multiIf(
            country IN
            (
                'AO', 'BF', 'BI', 'BJ', 'BW', 'CD', 'CF', 'CG', 'CI', 'CM', 'CV', 'DJ', 'DZ', 'EG', 'EH',
                'ER', 'ET', 'GA', 'GH', 'GM', 'GN', 'GQ', 'GW', 'KE', 'KM', 'LR', 'LS', 'LY', 'MA', 'MG',
                'ML', 'MR', 'MU', 'MW', 'MZ', 'NA', 'NE', 'NG', 'RE', 'RW', 'SC', 'SD', 'SH', 'SL', 'SN',
                'SO', 'SS', 'ST', 'SZ', 'TD', 'TG', 'TN', 'TZ', 'UG', 'YT', 'ZA', 'ZM', 'ZW'
            ), 'africa',
            country IN
            (
                'AQ', 'BV', 'GS', 'HM', 'TF'
            ), 'antarctica',
            country IN
            (
                'AE', 'AF', 'AM', 'AZ', 'BD', 'BH', 'BN', 'BT', 'CC', 'CN', 'CX', 'GE', 'HK', 'ID', 'IL',
                'IN', 'IO', 'IQ', 'IR', 'JO', 'JP', 'KG', 'KH', 'KP', 'KR', 'KW', 'KZ', 'LA', 'LB', 'LK',
                'MM', 'MN', 'MO', 'MV', 'MY', 'NP', 'OM', 'PH', 'PK', 'PS', 'QA', 'SA', 'SG', 'SY', 'TH',
                'TJ', 'TL', 'TM', 'TW', 'UZ', 'VN', 'YE'
            ), 'asia',
            country IN
            (
                'AD', 'AL', 'AT', 'AX', 'BA', 'BE', 'BG', 'BY', 'CH', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES',
                'FI', 'FO', 'FR', 'GB', 'GG', 'GI', 'GR', 'HR', 'HU', 'IE', 'IM', 'IS', 'IT', 'JE', 'LI',
                'LT', 'LU', 'LV', 'MC', 'MD', 'ME', 'MK', 'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'RS', 'RU',
                'SE', 'SI', 'SJ', 'SK', 'SM', 'TR', 'UA', 'VA', 'XK'
            ), 'europe',
            country IN
            (
                'AG', 'AI', 'AW', 'BB', 'BL', 'BM', 'BQ', 'BS', 'BZ', 'CA', 'CR', 'CU', 'CW', 'DM', 'DO',
                'GD', 'GL', 'GP', 'GT', 'HN', 'HT', 'JM', 'KN', 'KY', 'LC', 'MF', 'MQ', 'MS', 'MX', 'NI',
                'PA', 'PM', 'PR', 'SV', 'SX', 'TC', 'TT', 'US', 'VC', 'VG', 'VI'
            ), 'north_america',
            country IN
            (
                'AS', 'AU', 'CK', 'FJ', 'FM', 'GU', 'KI', 'MH', 'MP', 'NC', 'NF', 'NR', 'NU', 'NZ', 'PF',
                'PG', 'PN', 'PW', 'SB', 'TK', 'TO', 'TV', 'UM', 'VU', 'WF', 'WS'
            ), 'oceania',
            country IN
            (
                'AR', 'BO', 'BR', 'CL', 'CO', 'EC', 'FK', 'GF', 'GY', 'PE', 'PY', 'SR', 'UY', 'VE'
            ), 'south_america',
            ''
        ) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS conversions Array(String)
        ALIAS arrayConcat(arrayMap(goal -> toString(goal), goals), arrayResize(CAST([], 'Array(String)'), orders, 'order')),
    ADD COLUMN IF NOT EXISTS revenue Float64 ALIAS arraySum(goal_revenues) + order_revenue,
    ADD COLUMN IF NOT EXISTS weekday UInt8 ALIAS toDayOfWeek(day),
    ADD COLUMN IF NOT EXISTS visitor_type String ALIAS multiIf(NOT identified, 'unknown', returning, 'returning', 'new');
