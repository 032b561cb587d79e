-- What Matomo's clients may send besides a page view: goals, orders, custom dimensions, timings (gateway.hits.Hit).
ALTER TABLE hits
    ADD COLUMN IF NOT EXISTS goals Array(UInt32) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS revenue Float64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS order_id UInt64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS subtotal Float64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS tax Float64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS shipping Float64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS discount Float64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS items Array(Tuple(sku String, name String, category String, price Float64, quantity UInt32))
        CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dimensions Map(UInt8, String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS timings Array(UInt32) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS target String DEFAULT '' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS count Int32 DEFAULT -1 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS status UInt16 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS visitor_hour UInt8 DEFAULT 255 CODEC(ZSTD(1));
