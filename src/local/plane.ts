/** The API, a registry's own API, or the storage that blobs are read from. */
export type Plane = "api" | "registry" | "storage";
