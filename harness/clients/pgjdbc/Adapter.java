import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * Adapter of the driver pgjdbc: one request a line on standard input, one reply a line on standard output. The words are
 * those of harness/clients/README.md. It is compiled against the oldest version that it is for.
 */
final class Adapter {
    /** The fields that requests have: one that is misspelled is not to pass. */
    private static final Set<String> FIELDS = Set.of(
            "operation", "name", "host", "port", "hosts", "user", "database", "password", "sslmode", "sslrootcert",
            "sslcert", "sslkey", "verify", "sslnegotiation", "autocommit", "options", "sql", "params", "statements", "fetch", "cancel",
            "escape", "isolation", "readonly", "deferrable", "table", "columns", "rows", "pattern", "channel", "text");

    private final Map<String, Session> sessions = new TreeMap<>();

    /** Carries a reply out of the method that found the reason for it. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final transient JSONObject reply;

        private Refused(JSONObject reply) {
            super(null, null, false, false);
            this.reply = reply;
        }

        static Refused unsupported(String reason) {
            return new Refused(new JSONObject().put("outcome", "unsupported").put("reason", reason));
        }

        static Refused broken(String reason) {
            return new Refused(new JSONObject().put("outcome", "broken").put("reason", reason));
        }
    }

    public static void main(String[] arguments) throws IOException {
        Adapter adapter = new Adapter();
        PrintStream replies = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            replies.println(adapter.perform(line));
            replies.flush();
        }
        for (Session session : adapter.sessions.values()) {
            session.closeQuietly();
        }
    }

    private JSONObject perform(String line) {
        JSONObject request;
        String operation;
        try {
            request = new JSONObject(line);
            operation = request.getString("operation");
        } catch (JSONException nonsense) {
            // Without a word of the line, which may hold a password.
            return Refused.broken("no request with an operation").reply;
        }
        try {
            return perform(operation, request);
        } catch (Refused refused) {
            return refused.reply;
        } catch (SQLException error) {
            return Failure.of(error);
        } catch (JSONException missing) {
            return Refused.broken(operation + ": " + missing.getMessage()).reply;
        } catch (IOException | RuntimeException error) {
            // Also what a driver should not throw.
            return new JSONObject().put("outcome", "error").put("message", error.toString());
        }
    }

    private JSONObject perform(String operation, JSONObject request) throws Refused, SQLException, IOException {
        for (String field : request.keySet()) {
            if (!FIELDS.contains(field)) {
                throw Refused.broken(operation + ": no field \"" + field + "\"");
            }
        }
        switch (operation) {
            case "hello":
                return ok().put("driver", "pgjdbc").put("version", version());
            case "connect":
                return connect(request);
            case "script":
                throw Refused.unsupported("it is no command-line program");
            case "close":
                Session closed = session(request);
                sessions.remove(name(request));
                closed.connection.close();
                return ok();
            default:
                return session(request).perform(operation, request);
        }
    }

    /** "9.4.1209", "42.7.14". */
    private static String version() throws SQLException {
        Package driver = org.postgresql.Driver.class.getPackage();
        String version = driver.getImplementationVersion();
        return version == null ? org.postgresql.Driver.getVersion().replaceAll("^PostgreSQL | \\(.*", "") : version;
    }

    static JSONObject ok() {
        return new JSONObject().put("outcome", "ok");
    }

    private static String name(JSONObject request) {
        return request.optString("name", "main");
    }

    private Session session(JSONObject request) throws Refused {
        Session session = sessions.get(name(request));
        if (session == null) {
            throw Refused.broken("no connection \"" + name(request) + "\" is open");
        }
        return session;
    }

    private JSONObject connect(JSONObject request) throws Refused, SQLException, IOException {
        // A second connection of the same name replaces the first, even if it fails.
        Session same = sessions.remove(name(request));
        if (same != null) {
            same.closeQuietly();
        }
        Connection connection = DriverManager.getConnection(url(request), properties(request));
        boolean autocommit = !request.optString("autocommit", "true").equals("false");
        if (!autocommit) {
            connection.setAutoCommit(false);
        }
        sessions.put(name(request), new Session(connection, autocommit));
        return ok();
    }

    /** The URL says where to connect; who, and how, goes into properties, because an error may show a URL. */
    private static String url(JSONObject request) {
        List<String> hosts = new ArrayList<>();
        JSONArray several = request.optJSONArray("hosts");
        if (several == null) {
            hosts.add(request.optString("host", "localhost") + ":" + request.optString("port", "5432"));
        } else {
            several.forEach(host -> hosts.add(host.toString()));
        }
        return "jdbc:postgresql://" + String.join(",", hosts) + "/" + request.optString("database", "");
    }

    /** The driver reads keys as PKCS #8 in DER: a copy of the PEM file, which goes when the program ends. */
    private static String pkcs8(String pem) throws IOException {
        Path copy = Files.createTempFile("pgconform", ".pk8");
        copy.toFile().deleteOnExit();
        String key = Files.readString(Path.of(pem)).replaceAll("-----[A-Z ]+-----", "");
        Files.write(copy, Base64.getMimeDecoder().decode(key));
        return copy.toString();
    }

    private static Properties properties(JSONObject request) throws Refused, IOException {
        Properties properties = new Properties();
        for (String field : List.of("user", "password")) {
            if (request.has(field)) {
                properties.setProperty(field, request.getString(field));
            }
        }
        // The versions that are numbered from 42 on know more of libpq's words.
        boolean modern = new org.postgresql.Driver().getMajorVersion() >= 42;
        String sslmode = request.optString("sslmode", null);
        if (sslmode != null) {
            if (!modern && Set.of("allow", "prefer").contains(sslmode)) {
                throw Refused.unsupported("the driver has no sslmode=" + sslmode);
            }
            properties.setProperty("sslmode", sslmode);
        }
        if (request.has("verify")) {
            if (sslmode != null && sslmode.startsWith("verify-")) {
                throw Refused.broken("verify=none and a sslmode that verifies");
            }
            properties.setProperty("sslfactory", "org.postgresql.ssl.NonValidatingFactory");
        } else if (request.has("sslrootcert")) {
            properties.setProperty("sslrootcert", request.getString("sslrootcert"));
        }
        if (request.has("sslcert")) {
            properties.setProperty("sslcert", request.getString("sslcert"));
            properties.setProperty("sslkey", pkcs8(request.getString("sslkey")));
        }
        String negotiation = request.optString("sslnegotiation", "postgres");
        if (!negotiation.equals("postgres")) {
            if (!modern) {
                throw Refused.unsupported("the driver has no sslnegotiation=" + negotiation);
            }
            properties.setProperty("sslNegotiation", negotiation);
        }
        JSONArray options = request.optJSONArray("options");
        for (Object option : options == null ? new JSONArray() : options) {
            String[] parts = option.toString().split("=", 2);
            if (parts.length < 2) {
                throw Refused.broken("an option is NAME=VALUE, not \"" + option + "\"");
            }
            properties.setProperty(parts[0], parts[1]);
        }
        return properties;
    }

    /** Rewrites `$1`, `$2` to JDBC's question marks; adds to `order` which parameter stands at each. */
    static String questionMarks(String sql, List<Integer> order) {
        Matcher parameter = Pattern.compile("\\$(\\d+)|\\?").matcher(sql);
        StringBuilder rewritten = new StringBuilder();
        while (parameter.find()) {
            if (parameter.group(1) == null) {
                parameter.appendReplacement(rewritten, "??");
            } else {
                order.add(Integer.parseInt(parameter.group(1)) - 1);
                parameter.appendReplacement(rewritten, "?");
            }
        }
        return parameter.appendTail(rewritten).toString();
    }
}
