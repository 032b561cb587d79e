/** Carts and orders by matomo.js's names: articles are gathered first, then sent with the cart or the order. */

import type { GatewayItem } from "../gateway";
import type { Tracker } from "../tracker/tracker";
import type { Methods } from "./paq";

type Amount = number | string | false | null | undefined;

export function commerceMethods({ track }: Tracker): Methods {
  const items = new Map<string, GatewayItem>();
  const number = (given: Amount): number | undefined => {
    const found = given === undefined || given === null || given === false || given === "" ? NaN : Number(given);
    return Number.isFinite(found) ? found : undefined;
  };
  const gathered = () => ({ items: [...items.values()] });

  return {
    addEcommerceItem(sku: string, name?: string, category?: string | readonly string[], price?: Amount, quantity?: Amount) {
      if (sku === undefined || sku === null || sku === "") return;
      // Of several categories the first counts.
      const [first] = [category ?? ""].flat();
      items.set(String(sku), {
        sku: String(sku),
        name: String(name || ""),
        category: String(first || ""),
        price: number(price) ?? 0,
        quantity: Math.max(0, Math.round(number(quantity) ?? 1)),
      });
    },
    removeEcommerceItem: (sku: string) => void items.delete(String(sku)),
    clearEcommerceCart: () => items.clear(),
    getEcommerceItems: () => Object.fromEntries(items),
    trackEcommerceCartUpdate(total: Amount) {
      track("cart", { revenue: number(total) ?? NaN, ...gathered() });
    },
    trackEcommerceOrder(id: string, total: Amount, subtotal?: Amount, tax?: Amount, shipping?: Amount, discount?: Amount) {
      const amounts = Object.entries({ subtotal, tax, shipping, discount }).flatMap(([name, given]) => {
        const found = number(given);
        return found === undefined ? [] : [[name, found] as const];
      });
      track("order", { id: String(id ?? ""), revenue: number(total) ?? NaN, ...Object.fromEntries(amounts), ...gathered() });
      items.clear();
    },
  };
}
