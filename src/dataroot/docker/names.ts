/** A container's full name as Docker can have it: `shop/db` → `shop-db`. */
export const dockerNameOf = (fullName: string): string => fullName.replace('/', '-')
