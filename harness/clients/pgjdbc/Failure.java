import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.json.JSONArray;
import org.json.JSONObject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The outcome that an error of the driver's is. */
final class Failure {
    private Failure() {}

    static JSONObject of(SQLException error) {
        JSONObject reply = new JSONObject().put("outcome", "error").put("message", error.getMessage());
        if (error instanceof BatchUpdateException) {
            reply.put("counts", new JSONArray(((BatchUpdateException) error).getUpdateCounts()));
        }
        ServerErrorMessage server = server(error);
        if (server != null) {
            return reply.put("sqlstate", server.getSQLState())
                    .put("severity", server.getSeverity())
                    .put("message", server.getMessage());
        }
        String state = String.valueOf(error.getSQLState());
        if (state.equals("08001") && neverConnected(error)) {
            reply.put("outcome", "unreachable");
        } else if (state.equals("08003") || state.equals("08006")) {
            reply.put("outcome", "closed");
        }
        return reply;
    }

    /** What the server said; the error of a batch has it behind it. */
    private static ServerErrorMessage server(SQLException error) {
        for (SQLException each = error; each != null; each = each.getNextException()) {
            for (Throwable cause = each; cause != null; cause = cause.getCause()) {
                if (cause instanceof PSQLException && ((PSQLException) cause).getServerErrorMessage() != null) {
                    return ((PSQLException) cause).getServerErrorMessage();
                }
            }
        }
        return null;
    }

    private static boolean neverConnected(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }
}
