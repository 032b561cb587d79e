-- Days of several sites are rolled up in one go: what a statement costs to be understood is more than a small
-- day costs. The view of 0008 with sites beside days, and with its columns by name.

-- Visits out of raw hits by Matomo's rules (docs/statistics.md), of the site-local days days[i] of the sites sites[i].
-- `repeating`: the goals that count each time rather than once a visit; `of_actions`: the custom dimensions of which every
-- value counts rather than the visit's last one: in all these sites.
-- Arrays instead of window functions, because they are faster; each is grouped by itself and then zipped, because grouping
-- tuples is slow; no lambda captures an array, because that is quadratic. What describes a visit is joined from its first
-- hit at the end.
-- A hit is the tuple (1 ts, 2 id, 3 kind, 4 day, 5 new_visit, 6 campaign, 7 anon, 8 basis, 9 page_view, 10 number, 11 path,
-- 12 title, 13 category, 14 action, 15 name, 16 extra); kind: 0 extends only, 1 page view, 2 download, 3 outlink, 4 search,
-- 5 event, 6 neither action nor extension, 7 content; number: a page's status, an event's value, seconds of attention.
CREATE OR REPLACE VIEW sessions AS
WITH
    1800000 AS gap,
    ['consent', 'exempt', 'objection', 'opt_out', 'cookieless'] AS bases,
    -- A hit that came twice under the client's own id counts once, as it first happened. Those are few: they are looked
    -- for in the ids alone, and everything else passes without a look.
    (
        SELECT groupArray(id)
        FROM
        (
            SELECT id
            FROM hits
            WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
            GROUP BY id
            HAVING count() > 1
        )
    ) AS found_again,
    repeated AS (SELECT arrayJoin(found_again)),
    once AS
    (
        SELECT site, day, test, anon, ts, id, type, basis, visitor, new_visit, campaign_name, campaign_keyword, referrer_type,
            page_view, status, value, seconds, path, title, category, action, name, goals, goal_revenues, revenue, order_id,
            items, dimensions
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND id NOT IN repeated
        UNION ALL
        SELECT site, day, test, anon, ts, id, type, basis, visitor, new_visit, campaign_name, campaign_keyword, referrer_type,
            page_view, status, value, seconds, path, title, category, action, name, goals, goal_revenues, revenue, order_id,
            items, dimensions
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND id IN repeated
        ORDER BY ts, anon, visitor, type, path, title, page_view, seconds
        LIMIT 1 BY site, day, id
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
                arrayJoin(arraySplit((hit, step) -> step > gap, ordered, arrayDifference(ordered.1))) AS run,
                arrayDistinct(arrayFilter(one -> one != 0, run.2)) AS found
            FROM
            (
                SELECT site, day, test, anon, arraySort(arrayZip(groupArray(ts), groupArray(visitor))) AS ordered
                FROM once
                WHERE anon IN mixed
                GROUP BY site, day, test, anon
            )
        )
        WHERE length(found) = 1
        GROUP BY site, day, test, anon
    ),
    kinds AS
    (
        SELECT
            once.site AS site,
            once.day AS day,
            once.test AS test,
            once.anon AS anon,
            if(
                once.visitor != 0, once.visitor, arrayFirst(run -> once.ts BETWEEN run.1 AND run.2, claims.runs).3
            ) AS owner,
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
            toUInt8(indexOf(bases, basis) + if(once.visitor != 0, 8, 0)) AS base,
            page_view,
            multiIf(kind = 1, toFloat64(status), kind != 5, seconds, abs(value) <= 1e15, value, 0) AS number,
            path,
            title,
            category,
            action,
            name,
            type = 'order' AND (order_id = 0 OR (once.site, once.test, order_id, (ts, id)) IN first_orders) AS ordered,
            -- What few hits have travels as one text, because tuples and maps are slow to group.
            if(
                notEmpty(goals) OR notEmpty(once.dimensions) OR ordered,
                toString((
                    if(type IN ('order', 'cart'), [], goals), revenue, toUInt8(ordered),
                    if(ordered, items, []), CAST(once.dimensions, 'Map(UInt8, String)'),
                    -- Of a hit that has one revenue for all its goals each is worth as much.
                    multiIf(
                        type IN ('order', 'cart'), [],
                        length(once.goal_revenues) = length(goals), once.goal_revenues,
                        arrayResize(CAST([], 'Array(Float64)'), length(goals), revenue / greatest(length(goals), 1))
                    )
                )),
                ''
            ) AS extra
        FROM once
        LEFT JOIN claims
        ON once.site = claims.site AND once.day = claims.day AND once.test = claims.test AND once.anon = claims.anon
    ),
    visitors AS
    (
        SELECT
            site,
            test,
            owner != 0 AS identified,
            if(identified, owner, anon) AS visitor,
            arraySort(arrayZip(
                groupArray(ts), groupArray(id), groupArray(kind), groupArray(day), groupArray(new_visit),
                groupArray(campaign), groupArray(anon), groupArray(base), groupArray(page_view), groupArray(number),
                groupArray(path), groupArray(title), groupArray(category), groupArray(action), groupArray(name),
                groupArray(extra)
            )) AS ordered,
            arrayMap(
                (step, night, new_visit, kind) -> step > gap OR night != 0 OR (new_visit AND kind > 0),
                arrayDifference(ordered.1), arrayDifference(arrayMap(day -> toInt32(day), ordered.4)), ordered.5, ordered.3
            ) AS cuts,
            arrayMap((campaign, kind) -> if(kind > 0, campaign, 0), ordered.6, ordered.3) AS campaigns,
            -- At each hit: whether there was an action since the last cut, and the last campaign since then; what a hit is
            -- compared with is the same as it was before that hit.
            arrayFill((kind, cut) -> kind > 0 OR cut, ordered.3, cuts) AS begun,
            arrayFill((campaign, cut) -> campaign != 0 OR cut, campaigns, cuts) AS current,
            arraySplit(
                (hit, cut, kind, before, campaign, last) ->
                    cut OR (kind > 0 AND before = 0) OR (campaign != 0 AND campaign != last),
                ordered, cuts, ordered.3, arrayPushFront(arrayPopBack(begun), 0),
                campaigns, arrayPushFront(arrayPopBack(current), toUInt64(0))
            ) AS pieces,
            -- Pings and engagement extend a visit and never start one.
            arrayFilter(piece -> piece[1].3 > 0, pieces) AS visits,
            arrayMap(visit -> visit[1].4, visits) AS days,
            arrayEnumerateUniq(days) AS numbers
        FROM kinds
        GROUP BY site, test, identified, visitor
    ),
    cut AS
    (
        SELECT
            site,
            v[1].4 AS day,
            test,
            identified,
            visitor,
            number,
            days[1] AS first_day,
            v[1].1 AS started,
            v[-1].1 AS ended,
            v[1].2 AS first_id,
            v[1].7 AS first_anon,
            arrayFirst(base -> base > 8, v.8) AS identified_basis,
            bases[bitAnd(if(identified_basis != 0, identified_basis, v[1].8), 7)] AS basis,
            toUInt32(if(length(v) = 1, 0, 1 + intDiv(ended - started, 1000))) AS duration,
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
            arraySum(
                (one, next) -> if(one.1 = next.1 AND next.2 >= 0, 0, one.2),
                attention, arrayPopFront(arrayPushBack(attention, (toUInt64(0), toFloat64(-1))))
            ) AS engaged,
            views.3 AS pages,
            views.4 AS titles,
            arrayMap(
                (here, next) -> (next - here) / 1000,
                views.1, arrayPopFront(arrayConcat(views.1, arrayResize([ended], if(empty(views), 0, 1))))
            ) AS page_seconds,
            arrayMap(
                text -> CAST(text,
                    'Tuple(Array(UInt32), Float64, UInt8, Array(Tuple(String, String, String, Float64, UInt32)), Map(UInt8, String), Array(Float64))'
                ),
                arrayFilter(text -> text != '', v.16)
            ) AS extras,
            arrayFlatten(arrayMap(one -> arrayZip(one.1, one.6), extras)) AS reached,
            arrayFilter(
                (one, nth) -> nth = 1 OR has({repeating:Array(UInt32)}, one.1), reached, arrayEnumerateUniq(reached.1)
            ) AS converted,
            arrayFilter(one -> one.3 = 1, extras) AS bought,
            arrayFlatten(bought.4) AS products,
            arrayFlatten(arrayMap(one -> mapKeys(one.5), extras)) AS numbered,
            arrayFlatten(arrayMap(one -> mapValues(one.5), extras)) AS valued,
            arrayDistinct(numbered) AS known
        FROM visitors
        ARRAY JOIN visits AS v, numbers AS number
    )
SELECT
    cut.site AS site, cut.day AS day, cut.test AS test, cut.visitor AS visitor, identified, cut.basis AS basis, number, first_day,
    started, ended, duration, hit_count AS hits, actions, toUInt32(length(views)) AS pageviews, toUInt32(length(occurred)) AS events,
    toUInt32(length(download_urls)) AS downloads, toUInt32(length(outlink_urls)) AS outlinks,
    toUInt32(length(searched)) AS searches, engaged,
    pages[1] AS entry_page, titles[1] AS entry_title, pages[-1] AS exit_page, titles[-1] AS exit_title,
    pages, titles, page_seconds, arrayMap(status -> toUInt16(status), views.2) AS statuses,
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
    raw.host AS host, raw.referrer_type AS referrer_type, raw.referrer_name AS referrer_name,
    raw.referrer_path AS referrer_path, raw.keyword AS keyword, raw.campaign_name AS campaign_name,
    raw.campaign_source AS campaign_source, raw.campaign_medium AS campaign_medium,
    raw.campaign_keyword AS campaign_keyword, raw.campaign_content AS campaign_content, raw.campaign_id AS campaign_id,
    raw.country AS country, raw.region AS region, raw.city AS city, raw.browser AS browser,
    raw.browser_version AS browser_version, raw.os AS os, raw.os_version AS os_version, raw.device AS device,
    raw.brand AS brand, raw.model AS model, raw.language AS language, raw.screen AS screen, raw.local_hour AS local_hour,
    raw.visitor_hour AS visitor_hour
FROM
(
    SELECT site, day, test, anon, ts, id, host, referrer_type, referrer_name, referrer_path, keyword, campaign_name,
        campaign_source, campaign_medium, campaign_keyword, campaign_content, campaign_id, country, region, city, browser, browser_version,
        os, os_version, device, brand, model, language, screen, local_hour, visitor_hour
    FROM hits
    WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND type NOT IN ('ping', 'engagement')
) AS raw
ANY INNER JOIN cut
ON raw.site = cut.site AND raw.day = cut.day AND raw.test = cut.test AND raw.anon = cut.first_anon
    AND raw.ts = cut.started AND raw.id = cut.first_id;
