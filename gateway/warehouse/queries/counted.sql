-- What visits count under, by dimension. `whole`: (dimension, value) of the visit as one; `parts`: one for each page, event,
-- goal and the like: (1 dimension, 2 value, 3 which of the visit's with this value, 4 hits, 5 entry, 6 exit, 7 bounce,
-- 8 seconds, 9 amount, 10 orders). Where nothing is meant by an empty value, there is none; where it means "unknown", it is there.
-- `of_actions`: the custom dimensions of which every value counts. Not a view, because one with parameters costs twice as much
-- to be understood.
SELECT
    site, day, generation, test, visitor, identified, pageviews, actions, duration, engaged, event_values, events, downloads,
    outlinks, searches, conversions, revenue, orders,
    arrayFilter(
        one -> one.2 != '' OR one.1 IN
            ('', 'referrer_type', 'country', 'continent', 'browser', 'os', 'device', 'language', 'screen', 'visitor_type', 'basis'),
        arrayConcat(
            [
                ('', ''),
                ('entry_page', entry_page),
                ('exit_page', exit_page),
                ('entry_title', if(entry_page = '', '', entry_title)),
                ('exit_title', if(exit_page = '', '', exit_title)),
                ('host', toString(host)),
                ('referrer_type', toString(referrer_type)),
                ('referrer', referrer_name),
                ('referrer_path', referrer_path),
                ('keyword', keyword),
                ('campaign', campaign_name),
                ('campaign_source', campaign_source),
                ('campaign_medium', campaign_medium),
                ('campaign_keyword', campaign_keyword),
                ('campaign_content', campaign_content),
                ('campaign_id', campaign_id),
                ('country', toString(country)),
                ('continent', toString(continent)),
                ('region', toString(region)),
                ('city', toString(city)),
                ('browser', toString(browser)),
                ('browser_version', trim(concat(browser, ' ', browser_version))),
                ('os', toString(os)),
                ('os_version', trim(concat(os, ' ', os_version))),
                ('device', toString(device)),
                ('brand', toString(brand)),
                ('model', toString(model)),
                ('language', toString(language)),
                ('screen', toString(screen)),
                ('visitor_type', visitor_type),
                ('basis', toString(basis)),
                ('hour', leftPad(toString(local_hour), 2, '0')),
                ('visitor_hour', if(visitor_hour = 255, '', leftPad(toString(visitor_hour), 2, '0'))),
                ('weekday', toString(weekday))
            ],
            arrayFilter(
                one -> NOT has({of_actions:Array(UInt8)}, toUInt8(substring(one.1, 10))),
                arrayMap(
                    (id, values) -> (concat('dimension', toString(id)), values[1]), mapKeys(dimensions), mapValues(dimensions)
                )
            )
        )
    ) AS whole,
    arrayEnumerate(pages) AS at,
    arrayFilter(
        one -> one.2 != '' OR one.1 IN ('page', 'title'),
        arrayConcat(
            arrayMap(
                (value, nth, i, seconds) -> (
                    'page', value, nth, 1, i = 1, i = pageviews, i = 1 AND actions = 1, seconds, 0., 0
                ),
                pages, arrayEnumerateUniq(pages), at, page_seconds
            ),
            arrayMap(
                (value, nth, i, seconds) -> (
                    'title', value, nth, 1, i = 1, i = pageviews, i = 1 AND actions = 1, seconds, 0., 0
                ),
                titles, arrayEnumerateUniq(titles), at, page_seconds
            ),
            arrayMap(
                (value, nth) -> ('status', if(value = 0, '', toString(value)), nth, 1, 0, 0, 0, 0., 0., 0),
                statuses, arrayEnumerateUniq(statuses)
            ),
            arrayMap(
                (value, nth, amount) -> ('event_category', value, nth, 1, 0, 0, 0, 0., amount, 0),
                event_categories, arrayEnumerateUniq(event_categories), event_values
            ),
            arrayMap(
                (value, nth, amount) -> ('event_action', value, nth, 1, 0, 0, 0, 0., amount, 0),
                event_actions, arrayEnumerateUniq(event_actions), event_values
            ),
            arrayMap(
                (value, nth, amount) -> ('event_name', value, nth, 1, 0, 0, 0, 0., amount, 0),
                event_names, arrayEnumerateUniq(event_names), event_values
            ),
            arrayMap(
                (value, nth) -> ('download', value, nth, 1, 0, 0, 0, 0., 0., 0),
                download_urls, arrayEnumerateUniq(download_urls)
            ),
            arrayMap(
                (value, nth) -> ('outlink', value, nth, 1, 0, 0, 0, 0., 0., 0), outlink_urls, arrayEnumerateUniq(outlink_urls)
            ),
            arrayMap(
                (value, nth) -> ('search', value, nth, 1, 0, 0, 0, 0., 0., 0),
                search_keywords, arrayEnumerateUniq(search_keywords)
            ),
            arrayMap(
                (value, nth) -> ('search_category', value, nth, 1, 0, 0, 0, 0., 0., 0),
                search_categories, arrayEnumerateUniq(search_categories)
            ),
            arrayMap(
                (value, nth) -> ('content', value, nth, 1, 0, 0, 0, 0., 0., 0), content_names, arrayEnumerateUniq(content_names)
            ),
            arrayMap(
                (value, nth) -> ('content_piece', value, nth, 1, 0, 0, 0, 0., 0., 0),
                content_pieces, arrayEnumerateUniq(content_pieces)
            ),
            arrayMap(
                (value, nth, amount) -> ('goal', value, nth, 1, 0, 0, 0, 0., amount, toUInt8(value = 'order')),
                conversions, arrayEnumerateUniq(conversions), conversion_revenues
            ),
            arrayMap(
                (value, nth, pieces, amount) -> ('product', value, nth, pieces, 0, 0, 0, 0., amount, 1),
                product_names, arrayEnumerateUniq(product_names), product_pieces, product_revenues
            ),
            arrayFlatten(arrayMap(
                (id, values) -> arrayMap(
                    (value, nth) -> (concat('dimension', toString(id)), value, nth, 1, 0, 0, 0, 0., 0., 0),
                    if(has({of_actions:Array(UInt8)}, id), values, []),
                    arrayEnumerateUniq(if(has({of_actions:Array(UInt8)}, id), values, []))
                ),
                mapKeys(dimensions), mapValues(dimensions)
            ))
        )
    ) AS parts
FROM visits
