import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Java's own client as it is: it asks for HTTP/2 with `Upgrade: h2c` in the first request of a connection. */
public class RoundTrip {
    private static String base;
    private static String key;

    public static void main(String[] given) throws Exception {
        base = given[0];
        key = given[1];
        // Each request is the first of a connection once, with a body in one packet and in several.
        String made = ask(HttpClient.newHttpClient(), "POST", "/api/v1/clients", "{\"name\": \"Made\"}");
        String path = "/api/v1/clients/" + made.split("\"id\":\"")[1].split("\"")[0];
        ask(HttpClient.newHttpClient(), "PUT", path, "{\"city\": \"Bern\"}");
        ask(HttpClient.newHttpClient(), "PUT", path, "{\"private_notes\": \"" + "n".repeat(50_000) + "\"}");
        HttpClient kept = HttpClient.newHttpClient();
        ask(kept, "GET", path, null);
        ask(kept, "PUT", path, "{\"phone\": \"1\"}");
        ask(kept, "DELETE", path, null);
        // A body of unknown length is sent in chunks.
        byte[] form = "first_name=Jane&last_name=Doe&email=jane%40acme.example".getBytes();
        HttpRequest chunked = request("/api/clients")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(form)))
            .build();
        show(HttpClient.newHttpClient().send(chunked, BodyHandlers.ofString()));
    }

    private static String ask(HttpClient client, String verb, String path, String body) throws Exception {
        HttpRequest.Builder asked = request(path).header("Content-Type", "application/json");
        asked.method(verb, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return show(client.send(asked.build(), BodyHandlers.ofString()));
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
            .header("X-API-TOKEN", key)
            .header("Authorization", "Bearer " + key);
    }

    private static String show(HttpResponse<String> answer) {
        System.out.println(answer.statusCode());
        return answer.body();
    }
}
