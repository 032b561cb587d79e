-- New generations of visits out of raw hits by Matomo's rules (docs/statistics.md): generations[i] is that of the day days[i]
-- of the site sites[i]. `repeating`: the goals that count each time rather than once a visit; `of_actions`: the custom
-- dimensions of which every value counts rather than the visit's last one: in all these sites. Whether a visitor was there
-- before is told by the published visits of these sites, for the days but_days of but_sites by the generations in `fresh`
-- instead, and by the new visits themselves.
-- Arrays instead of window functions, because they are faster; each is grouped by itself and then zipped, because grouping
-- tuples is slow; no lambda captures an array, because that is quadratic. What describes a visit is joined from its first
-- hit at the end. To be understood costs this statement more than a small day does, and an expression is understood anew
-- wherever its name is used within one SELECT: so what is used several times is a column of a subquery.
-- A hit is the tuple (1 ts, 2 id, 3 kind, 4 day, 5 new_visit, 6 campaign, 7 anon, 8 basis, 9 page_view, 10 number, 11 path,
-- 12 title, 13 category, 14 action, 15 name, 16 extra); kind: 0 extends only, 1 page view, 2 download, 3 outlink, 4 search,
-- 5 event, 6 neither action nor extension, 7 content; number: a page's status, an event's value, seconds of attention.
INSERT INTO visits
(
    site, day, generation, test, visitor, identified, basis, number, returning, started, ended, duration, hits, actions,
    pageviews, events, downloads, outlinks, searches, engaged, entry_page, entry_title, exit_page, exit_title, pages, titles,
    page_seconds, statuses, event_categories, event_actions, event_names, event_values, download_urls, outlink_urls,
    search_keywords, search_categories, content_names, content_pieces, goals, goal_revenues, orders, order_revenue,
    product_names, product_pieces, product_revenues, dimensions, host, referrer_type, referrer_name, referrer_path, keyword,
    campaign_name, campaign_source, campaign_medium, campaign_keyword, campaign_content, campaign_id, country, region, city,
    browser, browser_version, os, os_version, device, brand, model, language, screen, local_hour, visitor_hour
)
WITH
    1800000 AS gap,
    ['consent', 'exempt', 'objection', 'opt_out', 'cookieless'] AS bases,
    -- A hit that came twice under the client's own id counts once, as it first happened. Those are few: they are looked
    -- for in the ids alone.
    repeated AS
    (
        SELECT id
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
        GROUP BY id
        HAVING count() > 1
    ),
    first_hits AS
    (
        SELECT site, day, id, min((ts, anon, visitor, type, path, title, page_view, seconds))
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND id IN repeated
        GROUP BY site, day, id
    ),
    -- An order whose number came before is not another one.
    first_orders AS
    (
        SELECT site, test, order_id, min((ts, id)) AS first
        FROM hits
        WHERE site IN {sites:Array(UInt32)} AND day <= arrayMax({days:Array(Date)}) AND type = 'order' AND (site, order_id) IN
            (
                SELECT site, order_id
                FROM hits
                WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND order_id != 0
            )
        GROUP BY site, test, order_id
    ),
    -- A late id claims the run that began without it, but only where it is the run's only one.
    mixed AS
    (
        SELECT anon
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
        GROUP BY site, day, test, anon
        HAVING min(visitor) = 0 AND max(visitor) != 0
    ),
    claims AS
    (
        SELECT site, day, test, anon, groupArray((run[1].1, run[-1].1, found[1])) AS runs
        FROM
        (
            SELECT
                site,
                day,
                test,
                anon,
                run,
                arrayDistinct(arrayFilter(one -> one != 0, run.2)) AS found
            FROM
            (
                SELECT site, day, test, anon, arraySort(arrayZip(groupArray(ts), groupArray(visitor))) AS ordered
                FROM hits
                WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND anon IN mixed
                    AND (
                        id NOT IN repeated
                        OR (site, day, id, (ts, anon, visitor, type, path, title, page_view, seconds)) IN first_hits
                    )
                GROUP BY site, day, test, anon
            )
            ARRAY JOIN arraySplit((hit, step) -> step > gap, ordered, arrayDifference(ordered.1)) AS run
        )
        WHERE length(found) = 1
        GROUP BY site, day, test, anon
    ),
    once AS
    (
        SELECT
            site,
            day,
            test,
            anon,
            visitor AS own,
            ts,
            id,
            transform(
                type, ['ping', 'engagement', 'pageview', 'download', 'outlink', 'search', 'event', 'content'],
                [0, 0, 1, 2, 3, 4, 5, 7], 6
            ) AS kind,
            new_visit,
            if(
                campaign_name = '' OR referrer_type = 'direct', 0, greatest(1, cityHash64(campaign_name, campaign_keyword))
            ) AS campaign,
            toUInt8(indexOf(bases, basis) + if(visitor != 0, 8, 0)) AS base,
            page_view,
            multiIf(type = 'pageview', toFloat64(status), type != 'event', seconds, abs(value) <= 1e15, value, 0) AS number,
            path,
            title,
            category,
            action,
            name,
            -- What few hits have travels as one text, because tuples and maps are slow to group.
            if(
                notEmpty(goals) OR notEmpty(dimensions) OR type = 'order',
                toString((
                    if(type IN ('order', 'cart'), [], goals),
                    revenue,
                    toUInt8(type = 'order' AND (order_id = 0 OR (site, test, order_id, (ts, id)) IN first_orders)),
                    if(type = 'order', items, []),
                    CAST(dimensions, 'Map(UInt8, String)'),
                    -- Of a hit that has one revenue for all its goals each is worth as much.
                    multiIf(
                        type IN ('order', 'cart'), [],
                        length(goal_revenues) = length(goals), goal_revenues,
                        arrayResize(CAST([], 'Array(Float64)'), length(goals), revenue / greatest(length(goals), 1))
                    )
                )),
                ''
            ) AS extra
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
            AND (
                id NOT IN repeated
                OR (site, day, id, (ts, anon, visitor, type, path, title, page_view, seconds)) IN first_hits
            )
    ),
    -- Who was there before, and since when.
    before AS
    (
        SELECT site, visitor, min(day) AS first_day
        FROM visits
        WHERE site IN {sites:Array(UInt32)} AND identified AND NOT test
            AND generation IN
            (
                SELECT generation
                FROM published
                WHERE site IN {sites:Array(UInt32)}
                    AND (site, day) NOT IN arrayZip({but_sites:Array(UInt32)}, {but_days:Array(Date)})
                UNION ALL
                SELECT arrayJoin({fresh:Array(UInt64)})
            )
            AND (site, visitor) IN
            (
                SELECT site, visitor
                FROM hits
                WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND visitor != 0
            )
        GROUP BY site, visitor
    ),
    grouped AS
    (
        SELECT
            once.site AS site,
            once.test AS test,
            if(own != 0, own, arrayFirst(run -> ts BETWEEN run.1 AND run.2, runs).3) AS owner,
            if(owner != 0, 0, once.anon) AS print,
            -- Of a hit that came twice with everything the same both rows are here still.
            arrayCompact(
                hit -> (hit.1, hit.2),
                arraySort(arrayZip(
                    groupArray(ts), groupArray(id), groupArray(kind), groupArray(once.day), groupArray(new_visit),
                    groupArray(campaign), groupArray(once.anon), groupArray(base), groupArray(page_view), groupArray(number),
                    groupArray(path), groupArray(title), groupArray(category), groupArray(action), groupArray(name),
                    groupArray(extra)
                ))
            ) AS ordered
        FROM once
        LEFT JOIN claims
        ON once.site = claims.site AND once.day = claims.day AND once.test = claims.test AND once.anon = claims.anon
        GROUP BY site, test, owner, print
    ),
    marked AS
    (
        SELECT
            grouped.site AS site,
            test,
            owner != 0 AS identified,
            if(identified, owner, print) AS visitor,
            first_day AS first_before,
            ordered,
            arrayMap(
                (step, night, new_visit, kind) -> step > gap OR night != 0 OR (new_visit AND kind > 0),
                arrayDifference(ordered.1), arrayDifference(arrayMap(day -> toInt32(day), ordered.4)), ordered.5, ordered.3
            ) AS cuts,
            arrayMap((campaign, kind) -> if(kind > 0, campaign, 0), ordered.6, ordered.3) AS campaigns
        FROM grouped
        LEFT JOIN before
        ON grouped.site = before.site AND grouped.owner = before.visitor
    ),
    split AS
    (
        SELECT
            site,
            test,
            identified,
            visitor,
            first_before,
            -- Pings and engagement extend a visit and never start one.
            arrayFilter(
                piece -> piece[1].3 > 0,
                -- At each hit: whether there was an action since the last cut, and the last campaign since then; what a hit is
                -- compared with is the same as it was before that hit.
                arraySplit(
                    (hit, cut, kind, begun, campaign, last) ->
                        cut OR (kind > 0 AND begun = 0) OR (campaign != 0 AND campaign != last),
                    ordered, cuts, ordered.3,
                    arrayPushFront(arrayPopBack(arrayFill((kind, cut) -> kind > 0 OR cut, ordered.3, cuts)), 0),
                    campaigns,
                    arrayPushFront(arrayPopBack(arrayFill((campaign, cut) -> campaign != 0 OR cut, campaigns, cuts)), toUInt64(0))
                )
            ) AS visits,
            arrayMap(visit -> visit[1].4, visits) AS days
        FROM marked
    ),
    parts AS
    (
        SELECT
            site,
            day,
            test,
            identified,
            visitor,
            number,
            identified AND (number > 1 OR day > days[1] OR (first_before != toDate(0) AND day > first_before)) AS returning,
            v[1].1 AS started,
            v[-1].1 AS ended,
            v[1].2 AS first_id,
            v[1].7 AS first_anon,
            v[1].8 AS first_base,
            arrayFirst(base -> base > 8, v.8) AS identified_basis,
            toUInt32(length(v)) AS hit_count,
            toUInt32(arrayCount(kind -> kind BETWEEN 1 AND 5, v.3)) AS actions,
            arrayFilter((view, kind) -> kind = 1, arrayZip(v.1, v.10, v.11, v.12), v.3) AS views,
            arrayFilter((event, kind) -> kind = 5, arrayZip(v.10, v.13, v.14, v.15), v.3) AS occurred,
            arrayFilter((url, kind) -> kind = 2, v.15, v.3) AS download_urls,
            arrayFilter((url, kind) -> kind = 3, v.15, v.3) AS outlink_urls,
            arrayFilter((search, kind) -> kind = 4, arrayZip(v.15, v.13), v.3) AS searched,
            arrayFilter((content, kind) -> kind = 7, arrayZip(v.13, v.15), v.3) AS contents,
            -- Each engagement tells the total so far of its page view: the highest one counts.
            arraySort(arrayFilter((one, kind) -> kind = 0 AND one.2 > 0, arrayZip(v.9, v.10), v.3)) AS attention,
            arrayMap(
                text -> CAST(text,
                    'Tuple(Array(UInt32), Float64, UInt8, Array(Tuple(String, String, String, Float64, UInt32)), Map(UInt8, String), Array(Float64))'
                ),
                arrayFilter(text -> text != '', v.16)
            ) AS extras
        FROM split
        ARRAY JOIN visits AS v, days AS day, arrayEnumerateUniq(days) AS number
    ),
    gathered AS
    (
        SELECT
            *,
            arrayFlatten(arrayMap(one -> arrayZip(one.1, one.6), extras)) AS reached,
            arrayFilter(one -> one.3 = 1, extras) AS bought,
            arrayFlatten(arrayMap(one -> mapKeys(one.5), extras)) AS numbered,
            arrayFlatten(arrayMap(one -> mapValues(one.5), extras)) AS valued,
            arrayFlatten(bought.4) AS products,
            arrayDistinct(numbered) AS known,
            arrayFilter(
                (one, nth) -> nth = 1 OR has({repeating:Array(UInt32)}, one.1), reached, arrayEnumerateUniq(reached.1)
            ) AS converted
        FROM parts
    )
SELECT
    cut.site AS site, cut.day AS day,
    transform(
        bitShiftLeft(toUInt64(cut.site), 16) + toUInt16(cut.day),
        arrayMap((site, day) -> bitShiftLeft(toUInt64(site), 16) + toUInt16(day), {sites:Array(UInt32)}, {days:Array(Date)}),
        {generations:Array(UInt64)}, toUInt64(0)
    ) AS generation,
    cut.test AS test, cut.visitor AS visitor, identified,
    bases[bitAnd(if(identified_basis != 0, identified_basis, first_base), 7)] AS basis,
    number, returning, started, ended,
    toUInt32(if(hit_count = 1, 0, 1 + intDiv(ended - started, 1000))) AS duration,
    hit_count AS hits, actions, toUInt32(length(views)) AS pageviews, toUInt32(length(occurred)) AS events,
    toUInt32(length(download_urls)) AS downloads, toUInt32(length(outlink_urls)) AS outlinks,
    toUInt32(length(searched)) AS searches,
    arraySum(
        (one, next) -> if(one.1 = next.1 AND next.2 >= 0, 0, one.2),
        attention, arrayPopFront(arrayPushBack(attention, (toUInt64(0), toFloat64(-1))))
    ) AS engaged,
    views.3[1] AS entry_page, views.4[1] AS entry_title, views.3[-1] AS exit_page, views.4[-1] AS exit_title,
    views.3 AS pages, views.4 AS titles,
    arrayMap(
        (here, next) -> (next - here) / 1000,
        views.1, arrayPopFront(arrayConcat(views.1, arrayResize([ended], if(empty(views), 0, 1))))
    ) AS page_seconds,
    arrayMap(status -> toUInt16(status), views.2) AS statuses,
    occurred.2 AS event_categories, occurred.3 AS event_actions, occurred.4 AS event_names, occurred.1 AS event_values,
    download_urls, outlink_urls, searched.1 AS search_keywords, searched.2 AS search_categories,
    contents.1 AS content_names, contents.2 AS content_pieces,
    converted.1 AS goals, converted.2 AS goal_revenues,
    toUInt32(length(bought)) AS orders, arraySum(bought.2) AS order_revenue,
    arrayMap((sku, name) -> if(name = '', sku, name), products.1, products.2) AS product_names,
    products.5 AS product_pieces, arrayMap((price, pieces) -> price * pieces, products.4, products.5) AS product_revenues,
    CAST(
        (
            known,
            arrayMap(
                id -> if(
                    has({of_actions:Array(UInt8)}, id),
                    arrayFilter((value, of) -> of = id, valued, numbered),
                    [arrayLast((value, of) -> of = id, valued, numbered)]
                ),
                known
            )
        ),
        'Map(UInt8, Array(String))'
    ) AS dimensions,
    host, referrer_type, referrer_name, referrer_path, keyword, campaign_name, campaign_source, campaign_medium,
    campaign_keyword, campaign_content, campaign_id, country, region, city, browser, browser_version, os, os_version, device,
    brand, model, language, screen, local_hour, visitor_hour
FROM
(
    SELECT site, day, test, anon, ts, id, host, referrer_type, referrer_name, referrer_path, keyword, campaign_name,
        campaign_source, campaign_medium, campaign_keyword, campaign_content, campaign_id, country, region, city, browser,
        browser_version, os, os_version, device, brand, model, language, screen, local_hour, visitor_hour
    FROM hits
    WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND type NOT IN ('ping', 'engagement')
) AS raw
ANY INNER JOIN gathered AS cut
ON raw.site = cut.site AND raw.day = cut.day AND raw.test = cut.test AND raw.anon = cut.first_anon
    AND raw.ts = cut.started AND raw.id = cut.first_id
