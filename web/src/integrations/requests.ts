/** What the page of integrations asks the server. */
import { client, read, withId } from "../api/client";
import { from } from "../api/forms";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Destination = Schemas["Destination"];
export type Kind = Destination["kind"];
export type Places = Destination["places"];
export type OutboundEvent = Destination["events"][number];
export type Delivery = Schemas["Delivery"];
export type DeliveryState = Delivery["state"];
export type Attempt = Schemas["DeliveryAttempt"];
export type Made = Schemas["DestinationMade"];

export const listDestinations = (server: boolean) =>
  read(client.GET("/api/destinations", { params: { query: { server } } }));
export const makeDestination = (body: Schemas["NewDestination"]) =>
  read(client.POST("/api/destinations", { body }));
/** `etag`: of the state that it is made from. */
export const changeDestination = (
  { id, etag }: { id: string; etag?: string },
  body: Schemas["DestinationChange"],
) => read(client.PATCH("/api/destinations/{id}", { ...withId(id), body, ...from(etag && `"${etag}"`) }));
export const deleteDestination = (id: string) => read(client.DELETE("/api/destinations/{id}", withId(id)));
export const restoreDestination = (id: string) =>
  read(client.POST("/api/destinations/{id}/restore", withId(id)));
export const rotateSecret = (id: string) => read(client.POST("/api/destinations/{id}/secret", withId(id)));
export const sendTest = (id: string) => read(client.POST("/api/destinations/{id}/test", withId(id)));

export const listDeliveries = (id: string, state: DeliveryState | null, before: string | null) =>
  read(
    client.GET("/api/destinations/{id}/deliveries", {
      params: {
        path: { id },
        query: { limit: 20, ...(state ? { state } : {}), ...(before ? { before } : {}) },
      },
    }),
  );
export const listAttempts = (id: string, delivery: string) =>
  read(
    client.GET("/api/destinations/{id}/deliveries/{delivery}", { params: { path: { id, delivery } } }),
  ).then(({ attempts }) => attempts);
export const replay = (id: string, body: Schemas["ReplayOf"]) =>
  read(client.POST("/api/destinations/{id}/replay", { ...withId(id), body }));

export const getCalendar = () => read(client.GET("/api/me/calendar")).then(({ address }) => address);
export const renewCalendar = () => read(client.POST("/api/me/calendar")).then(({ address }) => address);
export const endCalendar = () => read(client.DELETE("/api/me/calendar"));
